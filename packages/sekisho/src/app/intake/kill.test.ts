import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { createIntakeWorld, type IntakeWorld } from '../../../../../test/peers/intake-service.ts';
import { openSettledIntakeStore } from './open-store.ts';

/** The machine may be busy, and processes are started. */
const PATIENCE_MS = 120_000;
const REPORTS = 60;
const AT_ONCE = 4;

/** The service in a process of its own, ready. */
async function spawnService({ configFile, directory }: IntakeWorld): Promise<ChildProcess> {
  const main = fileURLToPath(new URL('../main.ts', import.meta.url));
  const args = ['--conditions=sekisho-source', main, '--config', configFile, 'intake', 'serve'];
  const child = spawn(process.execPath, args, { env: { HOME: directory } });
  onTestFinished(() => void child.kill('SIGKILL'));
  let log = '';
  for await (const chunk of child.stderr.setEncoding('utf8')) {
    log += String(chunk);
    if (log.includes('"ready"')) break;
  }
  expect(log).toContain('"ready"');
  return child;
}

/** Brings all, a few at once, until the service is gone; resolves to those that were acknowledged. */
async function deliverAll(
  world: IntakeWorld,
  mails: readonly Buffer[],
  onAcknowledged: (count: number) => void,
): Promise<ReadonlySet<Buffer>> {
  const waiting = [...mails];
  const acknowledged = new Set<Buffer>();
  const work = async (): Promise<void> => {
    for (let mail = waiting.shift(); mail !== undefined; mail = waiting.shift()) {
      if (!(await world.deliver(mail)).startsWith('250')) continue;
      acknowledged.add(mail);
      onAcknowledged(acknowledged.size);
    }
  };
  await Promise.allSettled(Array.from({ length: AT_ONCE }, work));
  return acknowledged;
}

it('has on the disk what it acknowledged when it is killed, and counts nothing twice', {
  timeout: PATIENCE_MS,
}, async () => {
  const world = await createIntakeWorld();
  onTestFinished(() => world.close());
  const settings = world.load();
  const mails = await Promise.all(Array.from({ length: REPORTS }, () => world.mail()));
  const child = await spawnService(world);
  const gone = once(child, 'exit');
  const acknowledged = await deliverAll(world, mails, (count) => {
    if (count === REPORTS / 3) child.kill('SIGKILL');
  });
  await gone;
  expect(acknowledged.size).toBeLessThan(REPORTS);
  const count = async (): Promise<number> => {
    const store = await openSettledIntakeStore(settings);
    const scope = { firstDay: world.yesterday, lastDay: world.yesterday };
    const [day] = await store.listDayTotals(scope);
    await store.close();
    return day?.reports ?? 0;
  };
  const kept = await count();
  expect(kept).toBeGreaterThanOrEqual(acknowledged.size);
  expect(kept).toBeLessThanOrEqual(acknowledged.size + AT_ONCE);
  const again = await spawnService(world);
  expect((await deliverAll(world, mails, () => undefined)).size).toBe(REPORTS);
  again.kill('SIGTERM');
  await once(again, 'exit');
  expect(await count()).toBe(REPORTS);
});
