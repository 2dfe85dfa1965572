import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ClosedWorld, createClosedWorld } from '../../../../../test/chaos/closed-world.ts';
import { connectSocketmap } from '../../../../../test/chaos/socketmap-client.ts';
import { createMemoryLog } from '../../io/log/index.ts';
import { loadSettings } from '../config/index.ts';
import { type Daemon, startDaemon } from './daemon.ts';
import { type Route, startHttpListener } from '../service/http-listener.ts';
import { json } from '../service/http-listener.ts';
import { notifySystemd } from '../service/systemd.ts';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));

let world: ClosedWorld;
const compiled = mkdtempSync(join(tmpdir(), 'sekisho-cache-'));
beforeAll(async () => {
  // Each daemon starts a thread that strips the same types: once is enough.
  process.env['NODE_COMPILE_CACHE'] ??= compiled;
  world = await createClosedWorld();
  world.publish(
    ['enforce.test'],
    '1',
    () => 'version: STSv1\nmode: enforce\nmx: mx.enforce.test\nmax_age: 604800\n',
  );
  world.publish(
    ['testing.test'],
    '1',
    () => 'version: STSv1\nmode: testing\nmx: mx.testing.test\nmax_age: 604800\n',
  );
});
afterAll(async () => {
  await world.close();
  rmSync(compiled, { recursive: true });
});

let directory = '';
const daemons: Daemon[] = [];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sekisho-daemon-'));
});
afterEach(async () => {
  for (const daemon of daemons.splice(0)) await daemon.close();
  rmSync(directory, { recursive: true });
});

const environmentWith = (more: Readonly<Record<string, string>> = {}) => ({
  SEKISHO_STATE_DIRECTORY: directory,
  SEKISHO_LISTEN_SOCKETMAP: `unix:${directory}/map`,
  SEKISHO_LISTEN_ADMIN: `unix:${directory}/admin`,
  ...world.environment,
  ...more,
});

const settingsWith = (more: Readonly<Record<string, string>> = {}) =>
  loadSettings({ environment: environmentWith(more) }).settings;

async function start(more: Readonly<Record<string, string>> = {}) {
  const log = createMemoryLog();
  const settings = settingsWith(more);
  const daemon = await startDaemon({ settings, environment: {}, log, version: '0.0.0' });
  daemons.push(daemon);
  return { daemon, log };
}

async function ask(
  key: string,
  where: string | number = `${directory}/map`,
): Promise<string | undefined> {
  const client = await connectSocketmap(where);
  const reply = await client?.ask(key);
  client?.close();
  return reply;
}

/** Status and body of one request over a Unix socket. */
async function http(socketPath: string, method: string, path: string) {
  const sent = request({ socketPath, method, path }).end();
  const [response] = await once(sent, 'response');
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  return { status: response.statusCode as number, text, json: () => JSON.parse(text) as unknown };
}

describe('the daemon', () => {
  it('answers the socketmap and shows the same decision over HTTP', async () => {
    await start();
    expect(await ask('enforce.test')).toMatch(
      /^OK secure match=mx\.enforce\.test servername=hostname/,
    );
    expect(await ask('testing.test')).toBe('NOTFOUND ');
    const answer = await http(`${directory}/admin`, 'GET', '/v1/policy/enforce.test');
    expect(answer.json()).toMatchObject({
      domain: 'enforce.test',
      result: 'policy',
      id: '1',
      mode: 'enforce',
      mx: ['mx.enforce.test'],
      postfix: { sts: await ask('enforce.test') },
    });
    expect((await http(`${directory}/admin`, 'GET', '/v1/policy/none.test')).json()).toMatchObject({
      result: 'no-policy',
      because: 'no-record',
    });
  });

  it.each([
    ['GET', '/v1/policy/a..b', 400],
    ['GET', '/v1/policy/%ff', 400],
    ['GET', '/v1/policy/', 400],
    ['GET', '/nowhere', 404],
    ['GET', '/v1/policy/a.test/more', 404],
    ['POST', '/v1/policy/enforce.test/purge', 404],
    ['POST', '/v1/purge-all', 404],
    ['DELETE', '/metrics', 404],
  ])('%s %s on the admin listener is %i', async (method, path, status) => {
    await start();
    expect((await http(`${directory}/admin`, method, path)).status).toBe(status);
  });

  it('metrics count answers and fetches, and no label has a remote name', async () => {
    await start();
    await ask('enforce.test');
    await ask('enforce.test');
    await ask('.test');
    const { text } = await http(`${directory}/admin`, 'GET', '/metrics');
    expect(text).toContain('sekisho_lookups_total{answer="secure"} 2');
    expect(text).toContain('sekisho_lookups_total{answer="not-applicable"} 1');
    expect(text).toContain('sekisho_policy_fetches_total{code="ok"} 1');
    expect(text).toContain('sekisho_cache_requests_total{result="hit"} 1');
    expect(text).toContain('sekisho_policies 1');
    expect(text).toMatch(/sekisho_lookup_duration_seconds_count 3/);
    expect(text).toMatch(/sekisho_oldest_policy_fetch_age_seconds \d/);
    expect(text).not.toContain('.test');
  });

  it('health needs the store', async () => {
    await start();
    expect((await http(`${directory}/admin`, 'GET', '/healthz')).json()).toEqual({
      status: 'ok',
      version: '0.0.0',
      policies: 0,
    });
  });

  it('takes orders only on the control socket, which only its user can open', async () => {
    await start();
    const control = `${directory}/sender/control.sock`;
    expect(statSync(control).mode & 0o777).toBe(0o600);
    await ask('enforce.test');
    expect((await http(control, 'POST', '/v1/policy/enforce.test/refresh')).json()).toMatchObject({
      done: 1,
    });
    expect((await http(control, 'POST', '/v1/refresh-all')).json()).toEqual({ done: 1, failed: 0 });
    expect((await http(control, 'POST', '/v1/policy/enforce.test/purge')).json()).toEqual({
      done: 1,
    });
    expect((await http(control, 'POST', '/v1/purge-all')).json()).toEqual({ done: 0 });
  });

  it('does not count a policy that only stays in force as refreshed', async () => {
    const { daemon } = await start();
    await ask('enforce.test');
    await daemon.close();
    daemons.length = 0;
    await start({ SEKISHO_HTTPS_PORT: '9' });
    const control = `${directory}/sender/control.sock`;
    expect((await http(control, 'POST', '/v1/refresh-all')).json()).toEqual({ done: 0, failed: 1 });
    expect((await http(control, 'POST', '/v1/policy/enforce.test/refresh')).json()).toMatchObject({
      done: 0,
      answer: { result: 'policy', mode: 'enforce' },
    });
  });

  it('tells the report service of policies that cannot be had, at the latest when it ends', async () => {
    const told: string[] = [];
    const route: Route = (method, path, { readBody }) =>
      readBody().then((body = '') => {
        told.push(`${method} /${path.join('/')} ${body}`);
        return json({});
      });
    mkdirSync(`${directory}/reporter`);
    const where = { kind: 'unix', path: `${directory}/reporter/report.sock` } as const;
    const service = await startHttpListener([route], where, 0o600);
    const { daemon } = await start({ SEKISHO_HTTPS_PORT: '9' });
    await ask('enforce.test');
    await daemon.close();
    daemons.length = 0;
    await service.close();
    expect(told).toEqual([
      expect.stringMatching(
        /^POST \/v1\/discovery \{"failures":\[\{"domain":"enforce\.test","atMs":\d+,"resultType":"sts-policy-fetch-error","code":"[a-z-]+"\}\]\}$/u,
      ),
    ]);
  });

  it('a reload changes the answers, not the listeners', async () => {
    const { daemon } = await start();
    expect(await ask('testing.test')).toBe('NOTFOUND ');
    await daemon.reload(
      settingsWith({ SEKISHO_POSTFIX_VERSION: '3.10', SEKISHO_POSTFIX_TESTING: 'report' }),
    );
    expect(await ask('testing.test')).toMatch(/^OK may servername=hostname policy_type=sts/);
  });

  it('policies survive a restart, and apply while everything else is dead', async () => {
    const { daemon } = await start();
    const before = await ask('enforce.test');
    await daemon.close();
    daemons.length = 0;
    await start({ SEKISHO_DNS_SERVERS: '127.0.0.1:9', SEKISHO_HTTPS_PORT: '9' });
    expect(await ask('enforce.test')).toBe(before);
  });

  it('gives its Unix socket the configured mode, and replaces one that is left over', async () => {
    const left = createServer().listen(`${directory}/left`);
    await once(left, 'listening');
    // A process that is killed leaves its socket behind; a second listener stands in for it.
    const child = spawn(process.execPath, [
      '-e',
      `require('node:net').createServer().listen('${directory}/map', () => process.kill(process.pid, 'SIGKILL'))`,
    ]);
    await once(child, 'exit');
    await start({ SEKISHO_LISTEN_SOCKET_MODE: '0660' });
    expect(statSync(`${directory}/map`).mode & 0o777).toBe(0o660);
    expect(await ask('enforce.test')).toContain('secure');
    left.close();
  });

  it('says who holds an address that is taken, and leaves nothing behind', async () => {
    await start();
    const second = startDaemon({
      settings: settingsWith({ SEKISHO_STATE_DIRECTORY: `${directory}/other` }),
      environment: {},
      log: createMemoryLog(),
      version: '0.0.0',
    });
    await expect(second).rejects.toThrow(
      `Cannot listen on unix:${directory}/map: the address is in use; is another Sekisho running?`,
    );
  });

  it('says that a directory is missing, or that a file is in the way', async () => {
    await expect(start({ SEKISHO_LISTEN_SOCKETMAP: `unix:${directory}/no/map` })).rejects.toThrow(
      `Cannot listen on unix:${directory}/no/map: the directory does not exist`,
    );
    writeFileSync(`${directory}/plain`, 'keep me');
    await expect(start({ SEKISHO_LISTEN_SOCKETMAP: `unix:${directory}/plain` })).rejects.toThrow(
      `Cannot listen on unix:${directory}/plain: there is a file of that name that is not a socket`,
    );
    expect(readFileSync(`${directory}/plain`, 'utf8')).toBe('keep me');
    await expect(
      start({ SEKISHO_LISTEN_SOCKETMAP: `unix:${directory}/plain/map` }),
    ).rejects.toThrow('what should be the directory is none');
  });
});

/** The daemon in a process of its own, and what it has logged. */
function spawnDaemon(more: Readonly<Record<string, string>>, ...args: readonly string[]) {
  const child = spawn(process.execPath, ['--conditions=sekisho-source', MAIN, 'daemon', ...args], {
    env: { ...environmentWith(more), PATH: process.env['PATH'] ?? '' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(child, 'exit');
  const started = { child, ended, log: '' };
  child.stderr.on('data', (chunk: Buffer) => {
    started.log += chunk.toString();
  });
  return started;
}

/** Whether a process catches a signal, by its number (proc_pid_status(5)). */
function catches(pid: number | undefined, signal: number): boolean {
  const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8');
  const caught = BigInt(`0x${/^SigCgt:\s*(\w+)$/mu.exec(status)?.[1] ?? '0'}`);
  return ((caught >> BigInt(signal - 1)) & 1n) === 1n;
}

describe.runIf(process.platform === 'linux')('the daemon and its signals', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'ends with code 0 when %s comes while it starts, whatever SIGHUP did before',
    async (signal) => {
      const { child, ended } = spawnDaemon({});
      await expect.poll(() => catches(child.pid, 1), { timeout: 15_000, interval: 5 }).toBe(true);
      child.kill('SIGHUP');
      child.kill(signal);
      expect(await ended).toEqual([0, null]);
    },
    30_000,
  );

  it('reads a configuration that changed while it started, and shows no stack trace if it is wrong', async () => {
    const file = join(directory, 'sekisho.yaml');
    writeFileSync(file, '');
    const started = spawnDaemon({}, '--config', file);
    const { child, ended } = started;
    await expect.poll(() => catches(child.pid, 1), { timeout: 15_000, interval: 5 }).toBe(true);
    child.kill('SIGHUP');
    await expect.poll(() => started.log, { timeout: 15_000 }).toContain('configuration read again');
    writeFileSync(file, 'dns: { tries: 0 }');
    child.kill('SIGHUP');
    await expect.poll(() => started.log, { timeout: 15_000 }).toContain('not read again');
    const line = started.log.split('\n').find((text) => text.includes('not read again')) ?? '';
    expect(JSON.parse(line)).toMatchObject({
      error: { code: 'configuration-wrong', message: expect.stringContaining('dns.tries') },
    });
    expect(line).not.toContain('stack');
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
  }, 30_000);

  it('refuses to run where Postfix could not ask', async () => {
    const started = spawnDaemon({ SEKISHO_LISTEN_SOCKETMAP: '' });
    expect(await started.ended).toEqual([78, null]);
    expect(started.log).toContain('listen.socketmap: given is []; systemd passes no socket either');
  }, 30_000);
});

describe.skipIf(process.platform === 'win32')('systemd', () => {
  it('listens on the socket that is passed, tells its state, reloads on SIGHUP, stops on SIGTERM', async () => {
    const server = createServer();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    // The descriptor of a listener is nowhere in Node's public interface.
    const { fd } = (server as unknown as { readonly _handle: { readonly fd: number } })._handle;
    const notified = join(directory, 'notified');
    // LISTEN_PID must be the daemon's own, so a shell sets it before it becomes the daemon; a script stands in for
    // systemd-notify, which is there only where systemd is.
    const script = `printf '#!/bin/sh\\necho "$@" >> ${notified}\\n' > ${directory}/systemd-notify; chmod 700 ${directory}/systemd-notify; LISTEN_PID=$$ exec "$0" --conditions=sekisho-source "$1" daemon`;
    const child = spawn('/bin/sh', ['-c', script, process.execPath, MAIN], {
      env: {
        ...environmentWith({ SEKISHO_LISTEN_ADMIN: 'off' }),
        PATH: `${directory}:${process.env['PATH'] ?? ''}`,
        LISTEN_FDS: '1',
        LISTEN_FDNAMES: 'socketmap',
        NOTIFY_SOCKET: `${directory}/notify`,
      },
      stdio: ['ignore', 'ignore', 'pipe', fd],
    });
    server.close();
    let log = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      log += chunk.toString();
    });
    await expect.poll(() => log, { timeout: 15_000 }).toContain('ready');
    expect(await ask('enforce.test', port)).toContain('secure');
    child.kill('SIGHUP');
    await expect.poll(() => log, { timeout: 15_000 }).toContain('configuration read again');
    expect(await ask('enforce.test', port)).toContain('secure');
    child.kill('SIGTERM');
    const [code] = await once(child, 'exit');
    expect(code).toBe(0);
    expect(readFileSync(notified, 'utf8')).toMatch(
      /^--ready .*\n--reloading .*\n--ready .*\n--stopping --pid=\d+\n$/,
    );
  }, 30_000);

  it('is not looked for outside systemd, and its absence is only logged', async () => {
    const log = createMemoryLog();
    await notifySystemd('ready', { environment: {}, log });
    expect(log.entries).toEqual([]);
    const path = process.env['PATH'];
    process.env['PATH'] = directory;
    await notifySystemd('ready', { environment: { NOTIFY_SOCKET: '/nowhere' }, log });
    process.env['PATH'] = path;
    expect(log.entries[0]).toMatchObject({ level: 'warn', event: 'systemd could not be notified' });
  });
});
