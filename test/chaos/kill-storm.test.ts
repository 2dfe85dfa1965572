import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSqlitePolicyStore } from '../../packages/sekisho/src/discover/store/index.ts';
import { chooseCount, leastSeen } from '../scale.ts';
import { createStormJudge, type StormJudge, type StormRun } from './storm-judge.ts';
import { startVictim, type Victim } from './victim.ts';

/**
 * Shows what becomes of the store when its process dies; that a write also survives the loss of power rests on
 * `synchronous=FULL` and cannot be shown from inside one machine.
 */
const KILLS = chooseCount({ soak: 200, test: 10 });
const IN_FLIGHT = 64;
const WRITER = fileURLToPath(new URL('./store-writer.ts', import.meta.url));

let directory = '';
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'sekisho-storm-'));
  // Two hundred threads and processes strip the same types: once is enough, by one that lives to write it down.
  process.env['NODE_COMPILE_CACHE'] ??= join(directory, 'compile-cache');
  execFileSync(process.execPath, writerArgs(join(directory, 'unused.sqlite3'), 0), { input: '0' });
});
afterAll(() => rmSync(directory, { recursive: true }));

function writerArgs(file: string, inFlight: number): readonly string[] {
  return ['--conditions=sekisho-source', WRITER, file, String(inFlight)];
}

function startWriter(file: string, key: string): Victim {
  return startVictim(writerArgs(file, IN_FLIGHT), { STORM_KEY: key });
}

async function storm(writer: Victim, first: number, kill: number): Promise<StormRun> {
  // Every tenth dies while it opens the file and takes up what the last one left; the others while they write.
  const lines = await writer.run(
    String(first),
    kill % 10 === 0
      ? { countedFrom: 'begin', afterMs: Math.random() * 200 }
      : { countedFrom: 'first-line', afterMs: Math.random() * 60 },
  );
  return { first, inFlight: IN_FLIGHT, acknowledged: lines.map(Number) };
}

function checkIntegrity(file: string): unknown {
  const database = new DatabaseSync(file);
  const found = database.prepare('PRAGMA integrity_check').all();
  database.close();
  return found.map((row) => row['integrity_check']);
}

async function judge(file: string, judge: StormJudge, run: StormRun): Promise<readonly string[]> {
  const store = await openSqlitePolicyStore({ file });
  try {
    return await judge.judge(store, run);
  } finally {
    await store.close();
  }
}

describe('SIGKILL during a storm of writes', () => {
  it(`${KILLS} times: no acknowledged policy is lost, none is invented`, async () => {
    const file = join(directory, 'policies.sqlite3');
    const key = randomBytes(16).toString('hex');
    const judgement = createStormJudge(key);
    let acknowledged = 0;
    let writer = startWriter(file, key);
    try {
      for (let kill = 1; kill <= KILLS; kill += 1) {
        const run = await storm(writer, judgement.next, kill);
        acknowledged += run.acknowledged.length;
        // Loads its program while this one is judged.
        writer = startWriter(file, key);
        expect(await judge(file, judgement, run), `after kill ${kill}`).toEqual([]);
        expect(checkIntegrity(file), `after kill ${kill}`).toEqual(['ok']);
      }
    } finally {
      writer.discard();
    }
    console.log(`${KILLS} kills, ${acknowledged} writes acknowledged, all kept`);
    expect(acknowledged).toBeGreaterThan(leastSeen(KILLS * IN_FLIGHT));
  });
});
