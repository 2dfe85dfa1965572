import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench } from '../harness/bench.ts';
import {
  importReports,
  type ImportRun,
  readSummaryTimes,
  type SummaryCase,
  writeReportFiles,
} from '../subjects/intake.ts';
import {
  countFailureRows,
  FIRST_DAY,
  type IntakeRows,
  writeIntakeRows,
} from '../world/intake-rows.ts';

/** Reports in each import. */
export const IMPORTED = 5000;
const DOMAINS = 500;
const REPORTERS = 11;
const rows = (days: number, failuresPerReport: number): IntakeRows => ({
  days,
  domains: DOMAINS,
  reporters: REPORTERS,
  failuresPerReport,
});
/** Nothing; a hundred thousand reports; two million, with ten million rows of failed sessions. */
const STORES: readonly IntakeRows[] = [rows(0, 1), rows(18, 1), rows(365, 5)];

/** Imports into a store of so many reports. */
export interface ImportPoint {
  readonly stored: number;
  readonly runs: readonly ImportRun[];
}

export interface IntakeResult {
  /** An import of nothing, into each store: what starting costs. */
  readonly start: readonly ImportRun[];
  readonly points: readonly ImportPoint[];
  /** Rows of failed sessions in the store that was asked. */
  readonly failureRows: number;
  readonly summary: readonly SummaryCase[];
}

async function makeStore(bench: Bench, one: IntakeRows): Promise<string> {
  const directory = bench.makeFolder('intake');
  const reports = one.days * one.domains * one.reporters;
  if (reports === 0) return directory;
  bench.say(`intake: writing a store of ${reports.toLocaleString('en-GB')} reports`);
  await writeIntakeRows(directory, one);
  return directory;
}

/** Imports the reports of one more day in each round, into each store in turn. */
export async function measureIntake(bench: Bench): Promise<IntakeResult> {
  const stores = [];
  for (const one of STORES)
    stores.push({ one, directory: await makeStore(bench, one), runs: [] as ImportRun[] });
  const last = stores.at(-1);
  if (last === undefined) throw new Error('there is no store');
  bench.say('intake: asking');
  const { cases } = await readSummaryTimes(last.directory, FIRST_DAY + last.one.days - 1);

  const nothing = join(bench.directory, 'no-reports');
  mkdirSync(nothing);
  const start: ImportRun[] = [];
  for (const { directory } of stores) start.push(await importReports(directory, nothing, 0));
  for (let round = 1; round <= bench.rounds; round += 1) {
    bench.say(`intake: round ${String(round)} of ${String(bench.rounds)}`);
    const files = join(bench.directory, `reports-${String(round)}`);
    const day = FIRST_DAY + last.one.days + round;
    writeReportFiles(files, { count: IMPORTED, day, domains: DOMAINS, reporters: REPORTERS });
    for (const { directory, runs } of stores)
      runs.push(await importReports(directory, files, IMPORTED));
  }
  return {
    start,
    points: stores.map(({ one, runs }) => ({
      stored: one.days * one.domains * one.reporters,
      runs,
    })),
    failureRows: countFailureRows(last.one),
    summary: cases,
  };
}
