import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFakeAcceptor } from './fake-acceptor.ts';
import { importPath } from './import.ts';
import { recogniseFile } from './list-items.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sekisho-import-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const FROM = 'From a@b.test Thu Jan  1 00:00:00 2026\n';

describe('recogniseFile', () => {
  it.each([
    ['{"a":1}', 'body'],
    ['\n  [', 'body'],
    ['\u00ef\u00bb\u00bf{', 'body'],
    ['\u001f\u008b\u0008', 'body'],
    ['PK\u0003\u0004', 'body'],
    [FROM, 'mbox'],
    ['From: a@b.test\r\n', 'message'],
    ['Return-Path: <>\r\n', 'message'],
    ['hello world: x', 'unknown'],
    ['<xml>', 'unknown'],
    ['', 'unknown'],
  ])('%j: %s', (text, kind) => expect(recogniseFile(Buffer.from(text, 'latin1'))).toBe(kind));
});

describe('importPath', () => {
  it('imports a directory of files, each as what it is', async () => {
    const acceptor = createFakeAcceptor();
    write('a.json', '{}');
    write('b.json.gz', Buffer.from([0x1f, 0x8b, 8]));
    write('c.eml', 'Subject: x\n\ny\n');
    write('d.mbox', `${FROM}A: 1\n\n${FROM}A: 2\n`);
    write('e.xml', '<x/>');
    write('f.json', `{${' '.repeat(1000)}}`);
    mkdirSync(join(folder, 'deeper'));
    const seen: number[] = [];
    const summary = await importPath(folder, {
      acceptor,
      onProgress: ({ counts }) => seen.push(Object.values(counts).reduce((a, b) => a + b)),
    });
    expect(summary.counts).toMatchObject({ stored: 5, unreadable: 1, 'too-large': 1 });
    expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(acceptor.arrived.map(({ channel }) => channel).sort()).toEqual([
      'file',
      'file',
      'mbox',
      'mbox',
      'pipe',
    ]);
    expect(summary.problems.map(({ where }) => where).sort()).toEqual([
      expect.stringContaining('e.xml'),
      expect.stringContaining('f.json'),
    ]);
  });

  it('lists the first 20 problems and counts them all', async () => {
    const acceptor = createFakeAcceptor();
    const path = write('mbox', `${FROM}A: 1\n\n`.repeat(30));
    acceptor.answers.push(
      ...Array.from({ length: 29 }, () => ({ kind: 'refused', problems: ['bad'] }) as const),
    );
    acceptor.answers.push({ kind: 'later', problem: 'DNS' });
    const { counts, problems } = await importPath(path, { acceptor, concurrency: 3 });
    expect(counts).toMatchObject({ refused: 29, later: 1, stored: 0 });
    expect(problems).toHaveLength(20);
    expect(problems[0]).toEqual({ where: expect.stringContaining('mbox:0"'), problem: 'bad' });
  });

  it('remembers what of a Maildir is done with, and nothing of what must come again', async () => {
    for (const name of ['new', 'cur']) mkdirSync(join(folder, name));
    for (const name of ['1', '2', '3']) write(`new/${name}`, `Subject: ${name}\n`);
    const maildirState = join(folder, 'state.json');
    const acceptor = createFakeAcceptor();
    acceptor.answers.push({ kind: 'later', problem: 'DNS' });
    const first = await importPath(folder, { acceptor, maildirState });
    expect(first.counts).toMatchObject({ stored: 2, later: 1 });
    expect(readdirSync(join(folder, 'new'))).toHaveLength(3);
    const second = await importPath(folder, { acceptor, maildirState });
    expect(second.counts).toMatchObject({ stored: 1, later: 0 });
    const third = await importPath(folder, { acceptor, maildirState });
    expect(third.counts).toMatchObject({ stored: 0 });
  });

  it('moves what is done with when it is told to', async () => {
    for (const name of ['new', 'cur']) mkdirSync(join(folder, name));
    write('new/1', 'Subject: x\n');
    write('new/2', 'Subject: y\n');
    const acceptor = createFakeAcceptor();
    acceptor.answers.push({ kind: 'not-a-report' }, { kind: 'later', problem: 'DNS' });
    const { counts } = await importPath(folder, { acceptor, isMoving: true, concurrency: 1 });
    expect(counts).toMatchObject({ 'not-a-report': 1, later: 1 });
    expect([readdirSync(join(folder, 'new')).length, readdirSync(join(folder, 'cur'))]).toEqual([
      1,
      [expect.stringMatching(/^[12]:2,S$/)],
    ]);
  });

  it('has no more under way than allowed', async () => {
    let [now, most] = [0, 0];
    const acceptor = createFakeAcceptor();
    const path = write('mbox', `${FROM}A: 1\n\n`.repeat(50));
    await importPath(path, {
      concurrency: 4,
      acceptor: {
        ...acceptor,
        async acceptMessage() {
          now += 1;
          most = Math.max(most, now);
          await new Promise((resolve) => setImmediate(resolve));
          now -= 1;
          return { kind: 'not-a-report' };
        },
      },
    });
    expect(most).toBe(4);
  });

  it('ends early with the signal', async () => {
    const stop = new AbortController();
    const path = write('mbox', `${FROM}A: 1\n\n`.repeat(50));
    const summary = await importPath(path, {
      acceptor: createFakeAcceptor(),
      concurrency: 1,
      signal: stop.signal,
      onProgress: ({ counts }) => counts.stored === 3 && stop.abort(),
    });
    expect(summary).toMatchObject({ isAborted: true, counts: { stored: 3 } });
  });

  it('throws when the path is not there, or the state cannot be written', async () => {
    const acceptor = createFakeAcceptor();
    await expect(importPath(join(folder, 'none'), { acceptor })).rejects.toMatchObject({
      code: 'mailbox-unreadable',
    });
    for (const name of ['new', 'cur']) mkdirSync(join(folder, name));
    const file = write('new/1', 'Subject: x\n');
    await expect(
      importPath(folder, { acceptor, maildirState: join(file, 'state.json') }),
    ).rejects.toMatchObject({ name: 'IoError' });
  });
});
