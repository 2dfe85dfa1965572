import { execFile } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Bench, withChildren } from '../harness/bench.ts';
import { onCore } from '../harness/cores.ts';
import { writeKeys } from '../harness/domains.ts';
import { type LoadResult, runLoad } from '../harness/load.ts';
import { readCpuMs } from '../harness/process-cost.ts';
import { startSekisho } from '../subjects/sekisho.ts';
import type { World } from '../world/world.ts';

const run = promisify(execFile);
const script = fileURLToPath(new URL('../load/node-fetch.ts', import.meta.url));
const CONNECTIONS = 64;
const MOST_ROUNDS = 3;

/** What a bare Node client takes to get the same from the same world. */
interface BareFetch {
  readonly perSecond: number;
  /** CPU time for each domain. */
  readonly cpuMs: number;
}

export interface ColdRound extends LoadResult {
  readonly bare: BareFetch;
  /** CPU time of all of Sekisho's threads for each domain. */
  readonly cpuMs: number;
}

/** What the closed world and Node can do together, without any checking and keeping. */
async function measureBareFetch(world: World, keysFile: string): Promise<BareFetch> {
  const { dnsPort, httpsPort, caFile } = world;
  const words = [script, dnsPort, httpsPort, caFile, keysFile, CONNECTIONS].map(String);
  const [command, ...args] = onCore('server', [process.execPath, ...words]);
  const { stdout } = await run(command, args);
  return JSON.parse(stdout) as BareFetch;
}

/** Lookups of domains that are not known yet: DNS, HTTPS and the store, one round each from an empty store. */
export async function measureCold(bench: Bench, world: World): Promise<readonly ColdRound[]> {
  const keysFile = writeKeys(bench.directory, world.domainCount);
  const { settings } = world;
  const rounds = Math.min(bench.rounds, MOST_ROUNDS);
  const results: ColdRound[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    bench.say(`cold: round ${String(round)} of ${String(rounds)}`);
    const result = await withChildren(async (children) => {
      const { endpoints, child } = await startSekisho(bench, children, { settings });
      const beforeMs = readCpuMs(child.pid);
      const load = { keysFile, connections: CONNECTIONS, once: true };
      const seen = await runLoad({ to: endpoints.tcp, ...load });
      return { ...seen, cpuMs: (readCpuMs(child.pid) - beforeMs) / seen.requests };
    });
    if (result.ok !== world.domainCount)
      throw new Error(`Sekisho did not learn all cold domains: ${JSON.stringify(result)}`);
    results.push({ ...result, bare: await measureBareFetch(world, keysFile) });
  }
  return results;
}
