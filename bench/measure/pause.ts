import { join } from 'node:path';
import { type Bench, withChildren } from '../harness/bench.ts';
import { writeKeys } from '../harness/domains.ts';
import { type LoadResult, runLoad } from '../harness/load.ts';
import { openSqlitePolicyStore } from '../../packages/sekisho/src/discover/store/index.ts';
import { startBareC } from '../subjects/constant.ts';
import { fillStore, type Sekisho, startSekisho } from '../subjects/sekisho.ts';
import type { Subject } from '../subjects/subject.ts';
import type { World } from '../world/world.ts';

const PACE_US = 1000;
const SLICE_SECONDS = 1;
const IDLE_SECONDS = 4;
const MOST_SLICES = 60;
/** Time for the prober to be at work before the first refresh. */
const LEAD_MS = 4000;

export interface PauseResult {
  /** The longest a lookup took while all policies were fetched again. */
  readonly maxUs: number;
  readonly p99Us: number;
  /** The longest that a bare C server took to answer in the same time: what the machine itself does. */
  readonly bareMaxUs: number;
  /** The longest a lookup took before. */
  readonly idleMaxUs: number;
  readonly refreshedPerSecond: number;
}

interface Slice {
  readonly sekisho: LoadResult;
  readonly bare: LoadResult;
}

async function probe(
  sekisho: Subject,
  bare: Subject,
  keysFile: string,
  seconds: number,
): Promise<Slice> {
  const start = ({ endpoints }: Subject): Promise<LoadResult> =>
    runLoad({ to: endpoints.tcp, keysFile, connections: 1, seconds, paceUs: PACE_US });
  const [its, bares] = await Promise.all([start(sekisho), start(bare)]);
  return { sekisho: its, bare: bares };
}

/** The oldest fetch among the policies of a running daemon. */
async function readOldestFetchMs(directory: string): Promise<number> {
  const store = await openSqlitePolicyStore({ directory, readOnly: true });
  const oldestMs = await store.oldestFetchMs(Date.now());
  await store.close();
  return oldestMs ?? Number.NaN;
}

async function probeUntilRefreshed(
  sekisho: Sekisho,
  bare: Subject,
  keysFile: string,
  filledMs: number,
): Promise<readonly Slice[]> {
  const slices: Slice[] = [];
  while (slices.length < MOST_SLICES) {
    slices.push(await probe(sekisho, bare, keysFile, SLICE_SECONDS));
    if ((await readOldestFetchMs(join(sekisho.stateDirectory, 'sender'))) > filledMs) return slices;
  }
  throw new Error(`Sekisho did not refresh all policies within ${String(MOST_SLICES)} s`);
}

/** What a lookup notices of all policies being fetched again: one lookup every millisecond. */
export function measurePause(bench: Bench, world: World, smapconst: string): Promise<PauseResult> {
  return withChildren(async (children) => {
    const keysFile = writeKeys(bench.directory, world.domainCount);
    const settings = {
      ...world.settings,
      // Long enough that nothing is refreshed twice, short enough that the daemon looks every few seconds.
      SEKISHO_POLICIES_REFRESH_SECONDS: '60',
      SEKISHO_POLICIES_HOLD_BACK_SECONDS: '1',
    };
    const bare = await startBareC(bench, children, smapconst);
    const store = await fillStore(bench, world.domainCount, LEAD_MS + IDLE_SECONDS * 1000);
    const filledMs = Date.now();
    const sekisho = await startSekisho(bench, children, { store, settings });
    await runLoad({ to: sekisho.endpoints.tcp, keysFile, connections: 16, once: true });
    bench.say('pause: idle');
    const idle = await probe(sekisho, bare, keysFile, IDLE_SECONDS);
    bench.say(`pause: while ${String(world.domainCount)} policies are refreshed`);
    const slices = await probeUntilRefreshed(sekisho, bare, keysFile, filledMs);
    return {
      maxUs: Math.max(...slices.map((slice) => slice.sekisho.maxUs)),
      p99Us: Math.max(...slices.map((slice) => slice.sekisho.p99Us)),
      bareMaxUs: Math.max(...slices.map((slice) => slice.bare.maxUs)),
      idleMaxUs: idle.sekisho.maxUs,
      refreshedPerSecond: world.domainCount / (slices.length * SLICE_SECONDS),
    };
  });
}
