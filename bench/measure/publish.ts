import { type Bench, withChildren } from '../harness/bench.ts';
import { readRssMb } from '../harness/process-cost.ts';
import { type FetchRound, runFetches } from '../harness/publish-load.ts';
import { type PublishSubject, startPublishService, startStaticNginx } from '../subjects/publish.ts';
import { type PublishFiles, writePublishFiles } from '../world/publish-files.ts';

export const PUBLISH_DOMAINS = 10_000;
const FEW_DOMAINS = 10;
const READY_TRIES = 3;
/** A policy host runs for months: what V8 compiles in its first seconds is no part of a fetch. */
const WARM_UP_SECONDS = 4;

/** What one server was measured at. */
export interface PublishPoint {
  readonly subject: PublishSubject['name'];
  readonly rounds: FetchRound[];
}

export interface PublishResult {
  readonly points: readonly PublishPoint[];
  /** Sekisho's resident memory after all of it. */
  readonly rssMb: number;
  /** From the start of Sekisho's process to its first policy. */
  readonly ready: readonly { readonly domains: number; readonly triesMs: readonly number[] }[];
}

/** At all hosts at random. */
async function measureRounds(
  bench: Bench,
  subjects: readonly PublishSubject[],
  files: PublishFiles,
): Promise<readonly PublishPoint[]> {
  const points = subjects.map((subject) => ({ subject: subject.name, rounds: [] as FetchRound[] }));
  const run = (subject: PublishSubject, seconds: number, fill = false) =>
    runFetches({
      port: subject.port,
      pid: subject.child.pid,
      hostsFile: files.hostsFile,
      fill,
      seconds,
    });
  for (const subject of subjects) {
    bench.say(`publish: every domain once from ${subject.name}`);
    await run(subject, WARM_UP_SECONDS, true);
  }
  for (let round = 1; round <= bench.rounds; round += 1) {
    bench.say(`publish: round ${String(round)} of ${String(bench.rounds)}`);
    for (const [index, subject] of subjects.entries())
      points[index]?.rounds.push(await run(subject, 1));
  }
  return points;
}

async function measureReady(bench: Bench, files: PublishFiles) {
  const triesMs: number[] = [];
  for (let attempt = 1; attempt <= READY_TRIES; attempt += 1) {
    bench.say(`publish: start with ${String(files.domainCount)} domains, try ${String(attempt)}`);
    triesMs.push((await withChildren((children) => startPublishService(children, files))).readyMs);
  }
  return { domains: files.domainCount, triesMs };
}

/** 10,000 domains in one process, beside nginx that serves one file, with one certificate and with one each. */
export async function measurePublish(bench: Bench): Promise<PublishResult> {
  bench.say(`publish: files of ${String(PUBLISH_DOMAINS)} domains`);
  const files = await writePublishFiles(bench, PUBLISH_DOMAINS);
  const few = await writePublishFiles(bench, FEW_DOMAINS);
  const ready = [await measureReady(bench, few), await measureReady(bench, files)];
  return withChildren(async (children) => {
    const sekisho = await startPublishService(children, files);
    const one = await startStaticNginx(bench, children, files, 'nginx, one');
    const each = await startStaticNginx(bench, children, files, 'nginx, each');
    const points = await measureRounds(bench, [sekisho, one, each], files);
    return { points, rssMb: readRssMb(sekisho.child.pid), ready };
  });
}
