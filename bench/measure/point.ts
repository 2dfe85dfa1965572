import type { Transport } from '../harness/endpoint.ts';
import { type LoadResult, runLoad } from '../harness/load.ts';
import { readServerCore } from '../harness/core-load.ts';
import { readCpuMs } from '../harness/process-cost.ts';
import type { Subject } from '../subjects/subject.ts';
import { median } from './median.ts';

/** What one round at one point saw. */
export interface Round extends LoadResult {
  /** CPU time of the server for each lookup: hardly moved by what else the machine does. */
  readonly cpuUs: number;
  /** Share of the server's core that went to anything but the server, the kernel's share of its work apart. */
  readonly othersShare: number;
}

/** One server at one transport and number of connections. */
export interface Point {
  readonly subject: string;
  readonly transport: Transport;
  readonly connections: number;
  readonly rounds: Round[];
}

const WARMUP_SECONDS = 0.2;

/** Measures one round. The load's own warm-up counts for the CPU time as well, on both sides of the division. */
export async function measureRound(
  subject: Subject,
  point: Point,
  keysFile: string,
): Promise<void> {
  const { pid } = subject.processes[point.transport];
  const beforeMs = readCpuMs(pid);
  const coreBefore = readServerCore();
  const result = await runLoad({
    to: subject.endpoints[point.transport],
    keysFile,
    connections: point.connections,
    seconds: 1,
    warmupSeconds: WARMUP_SECONDS,
  });
  if (result.ok !== result.requests)
    throw new Error(`${subject.name} did not know all domains: ${JSON.stringify(result)}`);
  const spentMs = readCpuMs(pid) - beforeMs;
  const core = readServerCore();
  const othersMs = Math.max(0, core.busyMs - coreBefore.busyMs - spentMs);
  const share = result.seconds / (result.seconds + WARMUP_SECONDS);
  const cpuUs = (spentMs * 1000 * share) / result.requests;
  const othersShare = othersMs / (core.totalMs - coreBefore.totalMs);
  point.rounds.push({ ...result, cpuUs, othersShare });
}

/** Above this share of others the server did not have its core to itself. */
const MOST_OTHERS = 0.1;

export function isDisturbed(round: Round): boolean {
  return round.othersShare > MOST_OTHERS;
}

/** Undisturbed items where there are any, else all. */
function preferQuiet<T>(
  items: readonly T[],
  roundsOf: (item: T) => readonly Round[],
): readonly T[] {
  const quiet = items.filter((item) => !roundsOf(item).some(isDisturbed));
  return quiet.length > 0 ? quiet : items;
}

/** The median over the rounds of one figure. */
export function figure(point: Point, name: Exclude<keyof Round, 'stalled'>): number {
  return median(preferQuiet(point.rounds, (round) => [round]).map((round) => round[name]));
}

/** `of` divided by `by`, compared within each round so that noise cancels out, and the median taken. */
export function ratio(of: Point, by: Point, name: 'perSecond' | 'cpuUs'): number {
  const pairs = of.rounds.flatMap((mine, index) => {
    const its = by.rounds[index];
    return its === undefined ? [] : [{ mine, its }];
  });
  const chosen = preferQuiet(pairs, ({ mine, its }) => [mine, its]);
  return median(chosen.map(({ mine, its }) => mine[name] / its[name]));
}
