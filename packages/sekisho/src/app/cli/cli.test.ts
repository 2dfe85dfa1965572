import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { type Domain, parseDomain } from '@sekisho/spec';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { openSqlitePolicyStore } from '../../discover/store/index.ts';
import { buildProgram } from './program.ts';
import { reportFailure } from './run-cli.ts';

const directory = mkdtempSync(join(tmpdir(), 'sekisho-cli-'));
const stateDirectory = join(directory, 'state');
const senderDirectory = join(stateDirectory, 'sender');
const configFile = join(directory, 'sekisho.yaml');
const DAY_MS = 86_400_000;
const PATIENCE_MS = 60_000;

afterAll(() => rmSync(directory, { recursive: true }));
beforeEach(() => rmSync(stateDirectory, { recursive: true, force: true }));

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command line in this process. */
async function run(...argv: readonly string[]): Promise<Run> {
  const written = { stdout: '', stderr: '' };
  const stdout = { write: (chunk: string) => (written.stdout += chunk) };
  const stderr = { write: (chunk: string) => (written.stderr += chunk) };
  const environment = { HOME: directory, SEKISHO_STATE_DIRECTORY: stateDirectory };
  try {
    const code = await buildProgram({ stdout, stderr, environment }).run(argv);
    return { code, ...written };
  } catch (error) {
    return { code: reportFailure(error, stderr), ...written };
  }
}

/** Runs a command line in a process of its own, from the sources. */
async function spawnCli(argv: readonly string[], nodeOptions: readonly string[] = []) {
  const main = fileURLToPath(new URL('../main.ts', import.meta.url));
  const options = ['--conditions=sekisho-source', ...nodeOptions];
  const child = spawn(process.execPath, [...options, main, ...argv], {
    env: { HOME: directory, PATH: '/usr/bin:/bin' },
  });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  if (child.exitCode === null) await once(child, 'exit');
  return { code: child.exitCode, stdout, stderr };
}

function domain(name: string): Domain {
  const parsed = parseDomain(name);
  if (!parsed.ok) throw new Error(name);
  return parsed.value;
}

/** A store with one policy that replaced another, and one domain whose fetch failed. */
async function fillStore(): Promise<void> {
  const store = await openSqlitePolicyStore({ directory: senderDirectory });
  const nowMs = Date.now();
  const common = { policyDomain: domain('a.example'), fetchedFrom: '192.0.2.1' };
  const policyAt = (id: string, mode: string, fetchedAtMs: number) => ({
    ...common,
    id,
    body: `version: STSv1\r\nmode: ${mode}\r\nmx: *.mail.example\r\nmax_age: 604800\r\n`,
    fetchedAtMs,
    expiresAtMs: fetchedAtMs + 7 * DAY_MS,
    refreshAtMs: fetchedAtMs + DAY_MS,
  });
  await store.putPolicy(policyAt('1', 'testing', nowMs - 3 * DAY_MS));
  await store.putPolicy(policyAt('2', 'enforce', nowMs - 7_200_000));
  const failure = { id: '9', atMs: nowMs - 120_000, code: 'http-status', count: 3 };
  await store.putState({ policyDomain: domain('b.example'), failure });
  await store.close();
}

describe('sekisho', { timeout: PATIENCE_MS }, () => {
  it('shows help, with examples and exit codes', async () => {
    const { code, stdout } = await run('--help');
    expect(code).toBe(0);
    expect(stdout).toContain('sekisho query example.com');
    expect(stdout).toContain('78  wrong configuration');
  });

  it('shows its version', async () => {
    expect(await run('--version')).toMatchObject({ code: 0, stdout: '0.1.0\n', stderr: '' });
  });

  it.each([
    [['qurey', 'a.example'], 'Did you mean query?'],
    [['query'], "missing required argument 'domain'"],
    [['query', 'a', '--jsn'], 'Did you mean --json?'],
    [['cache', 'purge'], 'give either a domain or --all'],
    [['cache', 'purge', 'a.example', '--all'], 'give either a domain or --all'],
    [['cache', 'show', 'a..b'], 'a label is empty'],
    [['query', 'a.example', '--postfix', 'new'], '--postfix: given is "new"'],
    [['--config', '', 'config', 'check'], '--config: given is ""; allowed is the path of a file'],
    [[], 'Usage: sekisho'],
  ])('refuses %j with code 64', async (argv, message) => {
    const { code, stdout, stderr } = await run(...argv);
    expect({ code, stdout }).toEqual({ code: 64, stdout: '' });
    expect(stderr).toContain(message);
  });
});

describe('sekisho config', () => {
  it('checks', async () => {
    writeFileSync(configFile, 'listen: { admin: "0.0.0.0:8462" }');
    const { code, stdout } = await run('config', 'check', '--config', configFile);
    expect(code).toBe(0);
    expect(stdout).toBe(
      `Read ${configFile}, SEKISHO_STATE_DIRECTORY.\nNote on listen.admin: 0.0.0.0:8462 is reachable from other machines and has no authentication.\nThe configuration is ok.\n`,
    );
  });

  it('notes that without an address everything depends on systemd', async () => {
    writeFileSync(configFile, 'listen: { socketmap: [] }');
    const { code, stdout } = await run('config', 'check', '--config', configFile);
    expect(code).toBe(0);
    expect(stdout).toContain('Note on listen.socketmap: without an address the daemon starts only');
  });

  it.each(['check', 'print'])(
    'ends %s with code 78 and no stack trace if it is wrong',
    async (command) => {
      writeFileSync(configFile, 'dns: { tries: 0 }');
      const { code, stdout, stderr } = await run('--config', configFile, 'config', command);
      expect({ code, stdout }).toEqual({ code: 78, stdout: '' });
      expect(stderr).toBe(
        `sekisho: The configuration has 1 problem (${configFile}):\n  dns.tries (line 1): given is 0; allowed is a whole number from 1 to 10 (tries)\n`,
      );
    },
  );

  it.each([
    ['print', `stateDirectory: ${stateDirectory} # SEKISHO_STATE_DIRECTORY\n`],
    ['example', '# Configuration of Sekisho.'],
    ['schema', '{\n  "$schema"'],
  ])('prints with %s', async (command, start) => {
    const { code, stdout } = await run('config', command);
    expect(code).toBe(0);
    expect(stdout.startsWith(start)).toBe(true);
  });
});

describe('sekisho cache', { timeout: PATIENCE_MS }, () => {
  it.each([[['list']], [['show', 'a.example']], [['history', 'a.example']]])(
    'says with code 1 that there is no store yet: %j',
    async (argv) => {
      const { code, stdout, stderr } = await run('cache', ...argv);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toContain(`there is no ${senderDirectory}/policies.sqlite3`);
    },
  );

  it('lists', async () => {
    await fillStore();
    const { code, stdout } = await run('cache', 'list');
    expect(code).toBe(0);
    expect(stdout.split('\n').map((line) => line.replaceAll(/  +/gu, ' | '))).toEqual([
      'domain | mode | id | fetched | expires | note',
      'a.example | enforce | 2 | 2 hours ago | in 6 days',
      'b.example | - | - | - | - | last fetch failed 2 minutes ago: http-status, 3 times',
      '',
    ]);
  });

  it('lists one JSON object a line', async () => {
    await fillStore();
    const { stdout } = await run('cache', 'list', '--json');
    const domains = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(domains).toMatchObject([
      { domain: 'a.example', id: '2', mode: 'enforce', mx: ['*.mail.example'] },
      { domain: 'b.example', failure: { code: 'http-status', count: 3 } },
    ]);
  });

  it('shows one domain', async () => {
    await fillStore();
    const { code, stdout } = await run('cache', 'show', 'A.example');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^a\.example\nid +2\nmode +enforce\nfetched +\S+Z \(2 hours ago\)\n/u);
    expect(stdout).toContain('\n  mx: *.mail.example\n');
    expect(JSON.parse((await run('cache', 'show', 'a.example', '--json')).stdout)).toMatchObject({
      domain: 'a.example',
      fetchedFrom: '192.0.2.1',
    });
    expect(await run('cache', 'show', 'c.example')).toMatchObject({ code: 1, stdout: '' });
  });

  it('shows the history, newest first', async () => {
    await fillStore();
    const { code, stdout } = await run('cache', 'history', 'a.example');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^id 2 {2}in force\n/u);
    expect(stdout).toMatch(/\nid 1 {2}until \S+Z \(.*\): the domain announced a new id\n/u);
    const { stdout: json } = await run('cache', 'history', 'a.example', '--json');
    expect(JSON.parse(json)).toMatchObject({
      domain: 'a.example',
      history: [{ id: '2' }, { id: '1', replacedBecause: 'new-id' }],
    });
    expect(await run('cache', 'history', 'c.example')).toMatchObject({ code: 1 });
  });

  it('shows a policy that has expired as such', async () => {
    const store = await openSqlitePolicyStore({ directory: senderDirectory });
    const nowMs = Date.now();
    await store.putPolicy({
      policyDomain: domain('old.example'),
      id: '1',
      body: 'version: STSv1\nmode: enforce\nmx: mx.old.example\nmax_age: 86400\n',
      fetchedAtMs: nowMs - 2 * DAY_MS,
      expiresAtMs: nowMs - DAY_MS,
      refreshAtMs: nowMs - DAY_MS,
    });
    await store.close();
    expect((await run('cache', 'list')).stdout).toMatch(/1 day ago +expired\n$/u);
    expect((await run('cache', 'show', 'old.example')).stdout).toMatch(/^expired .*1 day ago/mu);
    const { stdout } = await run('cache', 'history', 'old.example');
    expect(stdout).toMatch(/^id 1 {2}expired \S+Z \(1 day ago\)\n/u);
    for (const argv of [['list'], ['show', 'old.example'], ['history', 'old.example']])
      expect((await run('cache', ...argv, '--json')).stdout).toMatch(/"isExpired": ?true/u);
  });

  it('purges the store itself where no daemon runs', async () => {
    expect(await run('cache', 'purge', '--all')).toMatchObject({
      code: 0,
      stdout: '0 policies forgotten\n',
    });
    await fillStore();
    expect(await run('cache', 'purge', 'a.example')).toMatchObject({
      code: 0,
      stdout: 'a.example: forgotten\n',
    });
    expect(await run('cache', 'purge', 'a.example', '--json')).toMatchObject({
      code: 1,
      stdout: '{"done":0}\n',
    });
    const { stdout } = await run('cache', 'history', 'a.example');
    expect(stdout).toContain('an operator purged it');
  });

  it('refreshes only through the daemon', async () => {
    const { code, stderr } = await run('cache', 'refresh', 'a.example');
    expect(code).toBe(69);
    expect(stderr).toContain(`the daemon of ${senderDirectory} is not running`);
  });
});

describe('sekisho cache, beside a daemon', { timeout: PATIENCE_MS }, () => {
  const answers = new Map<string, object>();

  async function withDaemon(use: () => Promise<void>): Promise<void> {
    await fillStore();
    const server = createServer((request, response) => {
      const answer = answers.get(`${request.method ?? ''} ${request.url ?? ''}`);
      response.writeHead(answer === undefined ? 404 : 200).end(JSON.stringify(answer));
    });
    server.listen(join(senderDirectory, 'control.sock'));
    await once(server, 'listening');
    await use();
    server.close();
  }

  it('asks the daemon', async () => {
    answers.set('POST /v1/policy/a.example/purge', { done: 1 });
    answers.set('POST /v1/purge-all', { done: 12 });
    answers.set('POST /v1/refresh-all', { done: 1, failed: 0 });
    await withDaemon(async () => {
      expect(await run('cache', 'purge', 'a.example')).toMatchObject({
        code: 0,
        stdout: 'a.example: forgotten\n',
      });
      expect(await run('cache', 'purge', '--all')).toMatchObject({
        stdout: '12 policies forgotten\n',
      });
      expect(await run('cache', 'refresh', '--all', '--json')).toMatchObject({
        code: 0,
        stdout: '{"done":1,"failed":0}\n',
      });
      answers.set('POST /v1/refresh-all', { done: 1, failed: 2 });
      expect(await run('cache', 'refresh', '--all')).toMatchObject({
        code: 75,
        stdout: '1 policy fetched, 2 failed\n',
      });
      // The daemon owns the store: the command must not have changed it.
      expect((await run('cache', 'show', 'a.example')).code).toBe(0);
    });
  });

  it.each([
    [
      { result: 'policy', id: '3', mode: 'enforce', fetchedAt: '2999-01-01T00:00:00Z' },
      { code: 0, stdout: 'a.example: fetched; id 3, mode enforce\n' },
    ],
    [
      { result: 'policy', id: '3', mode: 'enforce', fetchedAt: '2000-01-01T00:00:00Z' },
      {
        code: 75,
        stdout: expect.stringContaining(
          'cannot be fetched now; the policy fetched 2000-',
        ) as string,
      },
    ],
    [
      { result: 'no-policy', because: 'no-record' },
      { code: 1, stdout: 'a.example: no policy (no-record)\n' },
    ],
    [
      { result: 'uncertain', because: 'servfail' },
      { code: 75, stdout: 'a.example: uncertain (servfail)\n' },
    ],
  ])('tells what came of a refresh: %j', async (answer, expected) => {
    answers.set('POST /v1/policy/a.example/refresh', { done: 0, answer });
    await withDaemon(async () => {
      expect(await run('cache', 'refresh', 'a.example')).toMatchObject(expected);
    });
  });

  it('says with code 74 that the daemon cannot be talked to', async () => {
    answers.clear();
    await withDaemon(async () => {
      const { code, stderr } = await run('cache', 'purge', '--all');
      expect(code).toBe(74);
      expect(stderr).toContain('it answered with status 404, must be 200 (control-failed)');
    });
  });
});

describe('the program', () => {
  it('runs from the command line', { timeout: PATIENCE_MS }, async () => {
    expect(await spawnCli(['--version'])).toEqual({ code: 0, stdout: '0.1.0\n', stderr: '' });
    expect(await spawnCli(['config', 'check', '-c', '/nowhere'])).toEqual({
      code: 78,
      stdout: '',
      stderr:
        "sekisho: The configuration has 1 problem (/nowhere):\n  /nowhere: the file cannot be read: ENOENT: no such file or directory, open '/nowhere'\n",
    });
  });

  it('says which Node.js it needs', { timeout: PATIENCE_MS }, async () => {
    const older = `data:text/javascript,Object.defineProperty(process,'versions',{value:{node:'22.0.0'}})`;
    expect(await spawnCli(['--version'], ['--import', older])).toEqual({
      code: 78,
      stdout: '',
      stderr: 'sekisho: this is Node.js 22.0.0; version 24 or newer is needed.\n',
    });
  });

  it('says with code 74 that its output cannot be written', { timeout: PATIENCE_MS }, async () => {
    const main = fileURLToPath(new URL('../main.ts', import.meta.url));
    const command = `"${process.execPath}" --conditions=sekisho-source "${main}" config example > /dev/full`;
    const child = spawn('/bin/sh', ['-c', command], {
      env: { HOME: directory, PATH: '/usr/bin:/bin' },
    });
    const ended = once(child, 'exit');
    expect(await text(child.stderr)).toMatch(/^sekisho: Cannot write the output: ENOSPC.*\n$/u);
    expect(await ended).toEqual([74, null]);
  });

  it('ends quietly when nobody reads on', { timeout: PATIENCE_MS }, async () => {
    const main = fileURLToPath(new URL('../main.ts', import.meta.url));
    const command = `"${process.execPath}" --conditions=sekisho-source "${main}" config schema | head -c 1`;
    const child = spawn('/bin/sh', ['-c', command], {
      env: { HOME: directory, PATH: '/usr/bin:/bin' },
    });
    expect(await text(child.stderr)).toBe('');
  });
});
