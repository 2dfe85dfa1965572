import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  createIntakeWorld,
  type IntakeWorld,
} from '../../../../../../test/peers/intake-service.ts';
import { loadSettings } from '../../config/index.ts';
import { openSettledIntakeStore } from '../../intake/open-store.ts';
import { createImportProgress } from './import-progress.ts';
import { takeFromPipe } from './run-pipe.ts';
import { writeRaw } from './write-raw.ts';

/** The machine may be busy, and processes are started. */
const PATIENCE_MS = 120_000;

let world: IntakeWorld;

beforeEach(async () => {
  world = await createIntakeWorld();
});
afterEach(() => world.close());

/** Runs `sekisho intake` in a process of its own, as a mail server does. */
async function pipe(message: Uint8Array, ...argv: readonly string[]) {
  const main = fileURLToPath(new URL('../../main.ts', import.meta.url));
  const args = [
    '--conditions=sekisho-source',
    main,
    '--config',
    world.configFile,
    'intake',
    ...argv,
  ];
  const child = spawn(process.execPath, args, { env: { HOME: world.directory } });
  child.stdin.end(message);
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  if (child.exitCode === null) await once(child, 'exit');
  return { code: child.exitCode, stdout, stderr };
}

const LETTER = Buffer.from('From: a@example.net\r\nSubject: hello\r\n\r\nHello.\r\n');

describe('sekisho intake < message', { timeout: PATIENCE_MS }, () => {
  it('takes one message, with and without a running service', async () => {
    const message = await world.mail();
    expect(await pipe(message)).toEqual({ code: 0, stdout: 'Stored: report 1\n', stderr: '' });
    const { store } = await world.start();
    expect(await pipe(message)).toMatchObject({ code: 0, stdout: 'Kept already: report 1\n' });
    expect(await pipe(await world.mail())).toMatchObject({ code: 0 });
    const scope = { firstDay: world.yesterday, lastDay: world.today };
    expect(await store.listReports(scope, 10)).toHaveLength(2);
  });

  it('loses nothing while another process writes', async () => {
    await world.start();
    const mails = await Promise.all(Array.from({ length: 8 }, () => world.mail()));
    const [first, second, ...others] = mails;
    const piped = [first, second].map((mail) => pipe(mail ?? LETTER));
    for (const mail of others) expect(await world.deliver(mail)).toMatch(/^250 .*stored/u);
    for (const end of await Promise.all(piped)) expect(end).toMatchObject({ code: 0, stderr: '' });
    const listed = await world.command('intake', 'list', '--json');
    expect(listed.stdout.trimEnd().split('\n')).toHaveLength(8);
  });

  it.each([
    ['drops mail without a report', [], 0],
    ['ends with 65 there when it is told to', ['--strict'], 65],
  ])('%s', async (_title, argv, code) => {
    expect((await pipe(LETTER, ...argv)).code).toBe(code);
  });

  it.each<[string, () => void]>([
    ['the configuration is wrong', () => writeFileSync(world.configFile, 'intaek: {}')],
    [
      'the state directory cannot be used',
      () => writeFileSync(world.stateDirectory, 'this is a file'),
    ],
    ['the DNS is silent', () => world.dns.setFault('s1._domainkey.example.net', 'servfail')],
  ])('ends with 75, so that the message comes again, when %s', async (_why, spoil) => {
    const message = await world.mail();
    spoil();
    const { code, stdout, stderr } = await pipe(message);
    expect({ code, stdout }).toEqual({ code: 75, stdout: '' });
    expect(stderr).not.toBe('');
  });

  it('does not wait for a person to type a message', async () => {
    const context = {
      stdout: { write: () => undefined },
      stderr: { write: () => undefined },
      environment: {},
      configFile: undefined,
    };
    const terminal = Object.assign(
      (async function* () {
        yield* [] as Uint8Array[];
      })(),
      { isTTY: true },
    );
    await expect(takeFromPipe(context, {}, terminal)).rejects.toThrow('standard input');
  });
});

describe('sekisho intake import', { timeout: PATIENCE_MS }, () => {
  it('takes files and mailboxes, and says what became of each', async () => {
    const folder = join(world.directory, 'reports');
    mkdirSync(folder);
    writeFileSync(join(folder, 'a.json'), world.json());
    writeFileSync(join(folder, 'b.eml'), await world.mail());
    writeFileSync(join(folder, 'c.txt'), 'Hello.');
    const mbox = join(world.directory, 'mbox');
    writeFileSync(mbox, Buffer.concat([Buffer.from('From a Mon\n'), LETTER, Buffer.from('\n')]));
    const first = await world.command('intake', 'import', folder, mbox);
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout.split('\n')).toEqual([
      '2  new reports',
      '1  mail without a report',
      '1  cannot be read',
      expect.stringMatching(/^ {2}✗ ".*c\.txt": it is no report and no mail$/u),
      '',
    ]);
    const again = await world.command('intake', 'import', folder, '--json');
    expect(JSON.parse(again.stdout)).toMatchObject({ counts: { stored: 0, duplicate: 2 } });
  });

  it('says that it has to be done again when the DNS did not answer', async () => {
    world.dns.setFault('s1._domainkey.example.net', 'servfail');
    const file = join(world.directory, 'a.eml');
    writeFileSync(file, await world.mail());
    const end = await world.command('intake', 'import', file);
    expect(end).toMatchObject({ code: 75, stdout: expect.stringContaining('imported again') });
  });

  it('refuses a path that is not there', async () => {
    const end = await world.command('intake', 'import', join(world.directory, 'none'));
    expect(end).toMatchObject({
      code: 74,
      stderr: expect.stringContaining('there is no such file'),
    });
  });

  it('shows its progress on a terminal alone', () => {
    const written: string[] = [];
    const output = { isTTY: true, write: (chunk: string) => written.push(chunk) };
    const counts = {
      stored: 2,
      duplicate: 1,
      'not-a-report': 0,
      refused: 0,
      later: 0,
      'too-large': 0,
      unreadable: 0,
    };
    const progress = createImportProgress(output);
    progress.show({ counts, problems: [], isAborted: false });
    progress.leave();
    expect(written).toEqual(['\r\x1b[2K3 looked at, 2 new reports', '\r\x1b[2K']);
    const mute = createImportProgress({ write: output.write });
    mute.show({ counts, problems: [], isAborted: false });
    expect(written).toHaveLength(2);
  });
});

describe('sekisho intake show', { timeout: PATIENCE_MS }, () => {
  it('shows what a report says, and what had to be repaired', async () => {
    const failure = {
      'result-type': 'certificate-expired',
      'receiving-mx-hostname': 'mx.example.com\u001b[31m',
      'failed-session-count': 2,
    };
    const file = join(world.directory, 'a.json');
    writeFileSync(file, world.json({ failures: [failure] }));
    await world.command('intake', 'import', file);
    const { code, stdout } = await world.command('intake', 'show', '1');
    expect(code).toBe(0);
    expect(stdout).toContain('example.net, ');
    expect(stdout).toMatch(/sessions +7 well, 2 failed/u);
    expect(stdout).toMatch(/trust +not verified: nothing signs what comes/u);
    expect(stdout).toContain('2  certificate-expired  mx.example.com\\x1b[31m');
    expect(stdout).not.toContain('\u001b');
    const raw = await world.command('intake', 'show', '1', '--raw');
    expect(JSON.parse(raw.stdout)).toMatchObject({ 'organization-name': 'Example Net' });
  });

  it('says what there is instead of a report that there is not', async () => {
    expect(await world.command('intake', 'show', '7')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no report was received yet'),
    });
    await (await openSettledIntakeStore(settings())).close();
    expect(await world.command('intake', 'show', '7')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('there is no report "7"'),
    });
    expect((await world.command('intake', 'list')).code).toBe(1);
    expect((await world.command('intake', 'refused')).code).toBe(0);
  });
});

function settings() {
  return loadSettings({ configFile: world.configFile, environment: {} }).settings;
}

describe('sekisho intake refused', { timeout: PATIENCE_MS }, () => {
  it('shows what could not be used, and gives it out as it came', async () => {
    const file = join(world.directory, 'a.json');
    writeFileSync(file, '{"policies": 1}');
    expect((await world.command('intake', 'import', file)).code).toBe(1);
    const { stdout } = await world.command('intake', 'refused');
    expect(stdout).toMatch(/^1 {2}.*, by file, 15 bytes kept\n {2}✗ /u);
    const raw = await world.command('intake', 'refused', '--raw', '1');
    expect(raw.stdout).toBe('{"policies": 1}');
    expect((await world.command('intake', 'refused', '--raw', '2')).code).toBe(1);
  });
});

describe('writeRaw', () => {
  it('escapes what could speak to a terminal, and there alone', () => {
    let written = '';
    const write = (chunk: string): void => void (written += chunk);
    writeRaw({ write }, Buffer.from('a\x1b[31m\nb'));
    writeRaw({ write, isTTY: true }, Buffer.from('c\x1b[31m\nd\n'));
    expect(written).toBe('a\x1b[31m\nbc\\x1b[31m\nd\n');
  });
});
