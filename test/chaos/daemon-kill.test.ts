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
} from '../../packages/sekisho/src/io/store/index.ts';
import { type ClosedWorld, createClosedWorld } from './closed-world.ts';
import { startDaemonProcess } from './daemon-process.ts';
import { connectSocketmap } from './socketmap-client.ts';

const KILLS = 100;
const DOMAINS_A_STORM = 24;
const CONNECTIONS = 8;
const LONGEST_STORM_MS = 5000;

let world: ClosedWorld;
let directory = '';
beforeAll(async () => {
  world = await createClosedWorld();
  directory = mkdtempSync(join(tmpdir(), 'sekisho-kill-'));
});
afterAll(async () => {
  await world.close();
  rmSync(directory, { recursive: true });
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

async function policiesKept(): Promise<ReadonlyMap<string, string>> {
  const store = await openSqlitePolicyStore({ directory });
  const rows = await store.list({ limit: 10_000 });
  await store.close();
  return new Map(
    rows.flatMap(({ policy }) =>
      policy === undefined ? [] : [[policy.policyDomain, policy.body]],
    ),
  );
}

function integrity(): unknown {
  const database = new DatabaseSync(join(directory, STORE_FILE_NAME));
  const [row] = database.prepare('PRAGMA integrity_check').all();
  database.close();
  return row?.['integrity_check'];
}

describe('SIGKILL of the daemon during a storm of fetches', () => {
  it('a hundred times: the store opens, no policy that Postfix was told is lost, none is invented', async () => {
    const published = new Set<string>();
    const told = new Set<string>();
    for (let kill = 0; kill < KILLS; kill += 1) {
      const domains = Array.from(
        { length: DOMAINS_A_STORM },
        (_, index) => `d${index}.kill${kill}.test`,
      );
      world.publish(domains, `${kill}`, bodyOf);
      for (const domain of domains) published.add(domain);
      const daemon = await startDaemonProcess(directory, world.environment);
      const raging = storm(daemon.socketPath, domains, told);
      await untilTold(told, told.size + randomInt(DOMAINS_A_STORM));
      await delay(Math.random() * 20);
      await daemon.kill('SIGKILL');
      await raging;
      const kept = await policiesKept();
      expect(integrity(), `after kill ${kill}`).toBe('ok');
      expect(
        [...told].filter((domain) => kept.get(domain) !== bodyOf(domain)),
        `lost after kill ${kill}`,
      ).toEqual([]);
      const invented = [...kept].filter(
        ([domain, body]) => !published.has(domain) || body !== bodyOf(domain),
      );
      expect(invented, `invented after kill ${kill}`).toEqual([]);
    }
    console.log(
      `${KILLS} kills, ${told.size} of ${published.size} policies told, all of them kept`,
    );
    expect(told.size).toBeGreaterThan(KILLS);
    expect(told.size).toBeLessThan(published.size);
  });
});
