import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  openSqlitePolicyStore,
  STORE_FILE_NAME,
} from '../../packages/sekisho/src/discover/store/index.ts';
import { chooseCount, leastSeen } from '../scale.ts';
import { type ClosedWorld, createClosedWorld } from './closed-world.ts';
import { startDaemonProcess } from './daemon-process.ts';
import { connectSocketmap } from './socketmap-client.ts';

const KILLS = chooseCount({ soak: 200, test: 10 });
const DOMAINS_A_STORM = 24;
const CONNECTIONS = 8;
const LONGEST_STORM_MS = 5000;

let world: ClosedWorld;
let root = '';
beforeAll(async () => {
  world = await createClosedWorld();
  root = mkdtempSync(join(tmpdir(), 'sekisho-kill-'));
});
afterAll(async () => {
  await world.close();
  rmSync(root, { recursive: true });
});

const bodyOf = (domain: string): string =>
  `version: STSv1\r\nmode: enforce\r\nmx: mx.${domain}\r\nmax_age: 604800\r\n`;

/** Asks for every domain over a few connections; notes each domain whose policy Postfix was told. */
async function storm(socketPath: string, domains: readonly string[], told: Set<string>) {
  const queue = [...domains];
  const ask = async (): Promise<void> => {
    const client = await connectSocketmap(socketPath);
    for (
      let domain = queue.shift();
      client !== undefined && domain !== undefined;
      domain = queue.shift()
    ) {
      const reply = await client.ask(domain);
      if (reply === undefined) return;
      expect(reply).toBe(
        `OK secure match=mx.${domain} servername=hostname protocols=!SSLv2:!SSLv3:!TLSv1:!TLSv1.1`,
      );
      told.add(domain);
    }
    client?.close();
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, ask));
}

/** The moment to kill: so many policies later, however slow the machine is. */
async function untilTold(told: ReadonlySet<string>, count: number): Promise<void> {
  const deadline = performance.now() + LONGEST_STORM_MS;
  while (told.size < count && performance.now() < deadline) await delay(2);
}

async function policiesKept(directory: string): Promise<ReadonlyMap<string, string>> {
  const store = await openSqlitePolicyStore({ directory: join(directory, 'sender') });
  const rows = await store.list({ limit: 10_000 });
  await store.close();
  return new Map(
    rows.flatMap(({ policy }) =>
      policy === undefined ? [] : [[policy.policyDomain, policy.body]],
    ),
  );
}

function integrity(directory: string): unknown {
  const database = new DatabaseSync(join(directory, 'sender', STORE_FILE_NAME));
  const [row] = database.prepare('PRAGMA integrity_check').all();
  database.close();
  return row?.['integrity_check'];
}

interface Lane {
  readonly published: ReadonlySet<string>;
  readonly told: ReadonlySet<string>;
}

/** Starts and kills daemons over one store, one after the other. */
async function runLane(name: string, kills: number): Promise<Lane> {
  const directory = join(root, name);
  const published = new Set<string>();
  const told = new Set<string>();
  for (let kill = 0; kill < kills; kill += 1) {
    const domains = Array.from(
      { length: DOMAINS_A_STORM },
      (_, index) => `d${index}.kill${kill}.${name}.test`,
    );
    world.publish(domains, `${kill}`, bodyOf);
    for (const domain of domains) published.add(domain);
    const daemon = await startDaemonProcess(directory, world.environment);
    const raging = storm(daemon.socketPath, domains, told);
    await untilTold(told, told.size + randomInt(DOMAINS_A_STORM));
    await delay(Math.random() * 20);
    await daemon.kill('SIGKILL');
    await raging;
    const kept = await policiesKept(directory);
    expect(integrity(directory), `after kill ${kill}`).toBe('ok');
    const lost = [...told].filter((domain) => kept.get(domain) !== bodyOf(domain));
    expect(lost, `lost after kill ${kill}`).toEqual([]);
    const invented = [...kept].filter(
      ([domain, body]) => !published.has(domain) || body !== bodyOf(domain),
    );
    expect(invented, `invented after kill ${kill}`).toEqual([]);
  }
  return { published, told };
}

describe('SIGKILL of the daemon during a storm of fetches', () => {
  it(`${KILLS} times: the store opens, no policy that Postfix was told is lost, none is invented`, async () => {
    const lanes = await Promise.all([runLane('left', KILLS / 2), runLane('right', KILLS / 2)]);
    const told = lanes.reduce((sum, lane) => sum + lane.told.size, 0);
    const published = lanes.reduce((sum, lane) => sum + lane.published.size, 0);
    console.log(`${KILLS} kills, ${told} of ${published} policies told, all of them kept`);
    expect(told).toBeGreaterThan(leastSeen(KILLS));
    expect(told).toBeLessThan(published);
  });
});
