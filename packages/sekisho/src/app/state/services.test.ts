import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createIntakeWorld } from '../../../../../test/peers/intake-service.ts';
import { createServiceWorld } from '../../../../../test/peers/publish-service.ts';
import { createReportWorld } from '../../../../../test/peers/report-service.ts';
import { openSqlitePolicyStore } from '../../discover/store/index.ts';
import { createMemoryLog } from '../../io/log/index.ts';
import { buildProgram } from '../cli/program.ts';
import { reportFailure } from '../cli/run-cli.ts';
import { loadSettings } from '../config/index.ts';
import { startDaemon } from '../daemon/daemon.ts';

/** A service in this process, and commands with the same settings. */
interface Service {
  readonly roleDirectory: string;
  start(): Promise<unknown>;
  stop(): Promise<unknown>;
  command(...argv: readonly string[]): Promise<{ readonly code: number; readonly stderr: string }>;
  close(): Promise<unknown>;
}

/** The sender, as the others have it from their peers. */
async function createSender(): Promise<Service> {
  const directory = mkdtempSync(join(tmpdir(), 'sekisho-sender-'));
  const environment = {
    SEKISHO_STATE_DIRECTORY: directory,
    SEKISHO_LISTEN_SOCKETMAP: `unix:${directory}/map`,
    SEKISHO_LISTEN_ADMIN: 'off',
  };
  const { settings } = loadSettings({ environment });
  const running: { close(): Promise<void> }[] = [];
  const stop = async (): Promise<void> => {
    for (const daemon of running.splice(0)) await daemon.close();
  };
  return {
    roleDirectory: join(directory, 'sender'),
    async start() {
      const parts = { settings, environment: {}, log: createMemoryLog(), version: '0.0.0' };
      running.push(await startDaemon(parts));
    },
    stop,
    async command(...argv) {
      let stderr = '';
      const output = { write: (chunk: string) => (stderr += chunk) };
      const context = { stdout: { write: () => undefined }, stderr: output, environment };
      const code = await buildProgram(context)
        .run(argv)
        .catch((error: unknown) => reportFailure(error, output));
      return { code, stderr };
    },
    async close() {
      await stop();
      rmSync(directory, { recursive: true });
    },
  };
}

const SERVICES: Readonly<Record<string, () => Promise<Service>>> = {
  sender: createSender,
  publisher: createServiceWorld,
  reporter: () => createReportWorld(Date.now()),
  intake: createIntakeWorld,
};

/** Commands that read, and what their store is called. */
const READING: Readonly<Record<string, readonly [string, readonly string[]]>> = {
  sender: ['policies.sqlite3', ['cache', 'list']],
  publisher: ['publish.sqlite3', ['publish', 'status']],
  reporter: ['report.sqlite3', ['report', 'list']],
  intake: ['intake.sqlite3', ['reports']],
};

async function create(role: string): Promise<Service> {
  const service = await SERVICES[role]?.();
  if (service === undefined) throw new Error(`There is no ${role}`);
  onTestFinished(async () => void (await service.close()));
  return service;
}

describe.each(Object.keys(SERVICES))('the %s', { timeout: 60_000 }, (role) => {
  it('refuses a second service, lets commands in, and makes way for the next one', async () => {
    const service = await create(role);
    await service.start();
    const { roleDirectory } = service;
    await expect(service.start()).rejects.toMatchObject({
      code: 'role-running',
      message: `Cannot start the ${role} in "${roleDirectory}": process ${String(process.pid)} is running there as such; must be one for each directory`,
    });
    const [store = '', argv = []] = READING[role] ?? [];
    // 1: nothing is in there yet.
    expect([0, 1]).toContain((await service.command(...argv)).code);
    for (const name of [store, `${role}.lock`])
      expect(statSync(join(roleDirectory, name)).mode & 0o777).toBe(0o600);
    await service.stop();
    expect(readdirSync(roleDirectory).filter((name) => name.endsWith('.sock'))).toEqual([]);
    await service.start();
  });

  it('is never said to hold nothing where its store cannot be read', async () => {
    const service = await create(role);
    await service.start();
    await service.stop();
    const [store = '', argv = []] = READING[role] ?? [];
    const file = join(service.roleDirectory, store);
    for (const end of ['-wal', '-shm']) expect(existsSync(`${file}${end}`)).toBe(false);
    writeFileSync(file, 'this is no database at all, but a text'.repeat(99));
    const damaged = await service.command(...argv);
    expect(damaged).toMatchObject({ code: 74 });
    expect(damaged.stderr).toContain('store-corrupt');
    rmSync(service.roleDirectory, { recursive: true });
    writeFileSync(service.roleDirectory, 'a file');
    const unreadable = await service.command(...argv);
    expect(unreadable).toMatchObject({ code: 74 });
    expect(unreadable.stderr).toContain(`Cannot read "${file}"`);
    if (role === 'sender')
      expect(await service.command('cache', 'purge', '--all')).toMatchObject({ code: 74 });
    rmSync(service.roleDirectory);
    const missing = await service.command(...argv);
    expect(missing).toMatchObject({ code: 1 });
    expect(missing.stderr).toContain(`there is no ${file}`);
  });
});

it('reads and purges what an earlier version kept, before the sender was ever started', async () => {
  const sender = await create('sender');
  const former = join(sender.roleDirectory, '..');
  const store = await openSqlitePolicyStore({ directory: former });
  const [domain, nowMs] = ['a.example' as Parameters<typeof store.get>[0], Date.now()];
  const body = 'version: STSv1\nmode: testing\nmx: a.example\nmax_age: 86400\n';
  await store.putPolicy({
    policyDomain: domain,
    id: '1',
    body,
    fetchedAtMs: nowMs,
    expiresAtMs: nowMs + 86_400_000,
    refreshAtMs: nowMs + 86_400_000,
  });
  await store.close();
  expect(await sender.command('cache', 'show', 'a.example')).toMatchObject({ code: 0 });
  expect(existsSync(sender.roleDirectory)).toBe(false);
  expect(await sender.command('cache', 'purge', 'a.example')).toMatchObject({ code: 0 });
  expect(readdirSync(former)).toEqual(['sender']);
  expect(await sender.command('cache', 'history', 'a.example')).toMatchObject({ code: 0 });
});

it('takes a report through a pipe beside the service', { timeout: 60_000 }, async () => {
  const intake = await createIntakeWorld();
  onTestFinished(() => intake.close());
  await intake.start();
  const file = join(intake.directory, 'report.json');
  writeFileSync(file, intake.json());
  expect(await intake.command('intake', 'import', file)).toMatchObject({ code: 0 });
  expect(await intake.command('intake', 'list')).toMatchObject({ code: 0 });
});
