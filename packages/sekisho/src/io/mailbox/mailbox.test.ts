import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMaildirState, markMaildirSeen, readMaildir } from './maildir.ts';
import { readMbox } from './mbox.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sekisho-mailbox-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function list(known: (id: string) => boolean = () => false, largestBytes = 100) {
  const items = [];
  for await (const item of readMaildir(folder, largestBytes, known))
    items.push(`${item.kind} ${item.folder}/${item.name} ${item.id}`);
  return items.sort();
}

function createMaildir(files: Readonly<Record<string, string>>): void {
  for (const name of ['new', 'cur', 'tmp']) mkdirSync(join(folder, name));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
}

describe('readMaildir', () => {
  it('reads new and cur, and nothing else', async () => {
    createMaildir({
      'new/1.a.host': 'x',
      'cur/2.b.host:2,RS': 'y',
      'tmp/3': 'z',
      'new/.hidden': 'h',
    });
    mkdirSync(join(folder, 'new/folder'));
    symlinkSync('/etc/passwd', join(folder, 'new/4.link'));
    expect(await list()).toEqual([
      'message cur/2.b.host:2,RS 2.b.host',
      'message new/1.a.host 1.a.host',
    ]);
  });

  it('passes over what is known and names what is too large', async () => {
    createMaildir({ 'new/1': 'x', 'new/2': 'y'.repeat(101), 'cur/3:2,': 'z' });
    expect(await list((id) => id === '3')).toEqual(['message new/1 1', 'too-large new/2 2']);
  });

  it('throws when a directory is missing', async () => {
    await expect(list()).rejects.toMatchObject({ code: 'mailbox-unreadable', temporary: false });
  });
});

describe('markMaildirSeen', () => {
  it.each([
    ['new', '1.a', '1.a:2,S'],
    ['cur', '1.a:2,FR', '1.a:2,FRS'],
    ['cur', '1.a:2,ST', '1.a:2,ST'],
    ['cur', '1.a:1,x', '1.a:1,x:2,S'],
  ] as const)('makes %s/%s cur/%s', async (part, name, expected) => {
    createMaildir({ [`${part}/${name}`]: 'x' });
    await markMaildirSeen(folder, { id: '1.a', folder: part, name });
    expect([readdirSync(join(folder, 'new')), readdirSync(join(folder, 'cur'))]).toEqual([
      [],
      [expected],
    ]);
  });

  it('leaves alone what somebody else has moved', async () => {
    createMaildir({});
    await markMaildirSeen(folder, { id: '1', folder: 'new', name: '1' });
    expect(readdirSync(join(folder, 'cur'))).toEqual([]);
  });
});

describe('createMaildirState', () => {
  it('remembers across restarts, forgets what is gone, and writes a whole file', async () => {
    const path = join(folder, 'deep/state.json');
    const state = await createMaildirState(path);
    state.add('a');
    const first = state.save();
    state.add('b');
    await Promise.all([first, state.save()]);
    const again = await createMaildirState(path);
    expect([again.has('a'), again.has('b'), again.has('c')]).toEqual([true, true, false]);
    again.keepOnly(new Set(['b', 'c']));
    await again.save();
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ version: 1, imported: ['b'] });
    expect(readdirSync(join(folder, 'deep'))).toEqual(['state.json']);
  });

  it.each([
    '',
    '{',
    'null',
    '[]',
    '{"version":2,"imported":["a"]}',
    '{"version":1,"imported":"a"}',
  ])('takes %j for an empty one', async (text) => {
    const path = join(folder, 'state.json');
    writeFileSync(path, text);
    expect((await createMaildirState(path)).has('a')).toBe(false);
  });

  it('throws when it cannot be read', async () => {
    await expect(createMaildirState(folder)).rejects.toMatchObject({ code: 'mailbox-unreadable' });
  });
});

describe('readMbox', () => {
  it('reads what is appended meanwhile', async () => {
    const path = join(folder, 'mbox');
    const add = (text: string): void =>
      appendFileSync(path, `From a@b.test Thu Jan  1 00:00:00 2026\n${text}\n\n`);
    add('one');
    add('x'.repeat(200_000));
    const found = [];
    for await (const item of readMbox(path, { largestBytes: 1000 })) {
      if (found.length === 0) add('three');
      found.push(item.kind === 'message' ? Buffer.from(item.bytes).toString() : item.kind);
    }
    expect(found).toEqual(['one\n', 'too-large', 'three\n']);
  });

  it('throws when there is no such file', async () => {
    const read = readMbox(join(folder, 'none'), { largestBytes: 1 }).next();
    await expect(read).rejects.toMatchObject({ code: 'mailbox-unreadable' });
  });
});
