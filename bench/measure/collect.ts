import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { type Bench, withChildren } from '../harness/bench.ts';
import { readServerCore } from '../harness/core-load.ts';
import { readCpuMs, readRssMb } from '../harness/process-cost.ts';
import {
  buildDatagramLoad,
  type ReportService,
  sendDatagrams,
  startReportService,
  writeDatagrams,
} from '../subjects/report.ts';

export const COLLECT_DOMAINS = 1000;
export const BURST = 50_000;
const WARM_SECONDS = 1;
const ROUND_SECONDS = 2;
/** What was sent is also counted and written, some of it after the sender has ended. */
const SETTLE_MS = 3000;

/** One round in which the sender waits for room in the queue. */
export interface SustainedRound {
  readonly perSecond: number;
  /** CPU time of the service for each datagram. */
  readonly cpuUs: number;
  /** Share of the service's core that went to anything but the service. */
  readonly othersShare: number;
}

export interface CollectResult {
  readonly meanBytes: number;
  readonly sustained: readonly SustainedRound[];
  /** Of all that were sent and accepted by the kernel in these rounds, those that are not in the store in the end. */
  readonly sustainedLost: number;
  /** Of each burst, the datagrams that the kernel refused since the queue was full. */
  readonly burstRefused: readonly number[];
  /** Of all bursts, those that the kernel took and that are not in the store in the end. */
  readonly burstLost: number;
  readonly burstSeconds: readonly number[];
  /** `net.unix.max_dgram_qlen` of the machine. */
  readonly queueLength: number;
  readonly rssMb: number;
}

async function measureSustained(
  bench: Bench,
  { child, socketPath }: ReportService,
  file: string,
): Promise<{ readonly rounds: readonly SustainedRound[]; readonly sent: number }> {
  const warm = await sendDatagrams(socketPath, file, { seconds: WARM_SECONDS });
  let sent = warm.sent;
  const rounds: SustainedRound[] = [];
  for (let round = 1; round <= bench.rounds; round += 1) {
    await delay(SETTLE_MS);
    bench.say(`collect: round ${String(round)} of ${String(bench.rounds)}`);
    const look = () => ({ cpuMs: readCpuMs(child.pid), core: readServerCore() });
    const before = look();
    const run = await sendDatagrams(socketPath, file, { seconds: ROUND_SECONDS });
    const after = look();
    sent += run.sent;
    const spentMs = after.cpuMs - before.cpuMs;
    const othersMs = Math.max(0, after.core.busyMs - before.core.busyMs - spentMs);
    rounds.push({
      perSecond: run.sent / run.seconds,
      cpuUs: (spentMs * 1000) / run.sent,
      othersShare: othersMs / (after.core.totalMs - before.core.totalMs),
    });
  }
  return { rounds, sent };
}

function readQueueLength(): number {
  return Number(readFileSync('/proc/sys/net/unix/max_dgram_qlen', 'latin1'));
}

/** Datagrams of {@link COLLECT_DOMAINS} domains, one in ten of a failure, into a service that starts with nothing. */
export async function measureCollect(bench: Bench): Promise<CollectResult> {
  buildDatagramLoad();
  const { file, meanBytes } = writeDatagrams(bench, COLLECT_DOMAINS);
  const sustained = await withChildren(async (children) => {
    const service = await startReportService(bench, children);
    const { rounds, sent } = await measureSustained(bench, service, file);
    const rssMb = readRssMb(service.child.pid);
    return { rounds, rssMb, lost: sent - (await service.stopAndCount()) };
  });
  const burst = await withChildren(async (children) => {
    const service = await startReportService(bench, children);
    // The code is warm, as it is in a service that has been running.
    let sent = (await sendDatagrams(service.socketPath, file, { seconds: WARM_SECONDS })).sent;
    const runs = [];
    for (let round = 1; round <= bench.rounds; round += 1) {
      await delay(SETTLE_MS);
      bench.say(`collect: burst ${String(round)} of ${String(bench.rounds)}`);
      const run = await sendDatagrams(service.socketPath, file, { unpaced: BURST });
      sent += run.sent;
      runs.push(run);
    }
    return { runs, lost: sent - (await service.stopAndCount()) };
  });
  return {
    meanBytes,
    sustained: sustained.rounds,
    sustainedLost: sustained.lost,
    burstRefused: burst.runs.map(({ lost }) => lost),
    burstSeconds: burst.runs.map(({ seconds }) => seconds),
    burstLost: burst.lost,
    queueLength: readQueueLength(),
    rssMb: sustained.rssMb,
  };
}
