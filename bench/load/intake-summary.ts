/**
 * Asks a store of received reports what `sekisho reports` asks, in a process of its own, and prints how long that took:
 *
 *   node intake-summary.ts DIRECTORY LAST-DAY
 */
import { argv, stdout } from 'node:process';
import type { Domain } from '@sekisho/spec';
import { readReportSummary } from '../../packages/sekisho/src/intake/explain/index.ts';
import { openSqliteIntakeStore } from '../../packages/sekisho/src/intake/store/index.ts';
import type { SummaryCase, SummaryTimes } from '../subjects/intake.ts';

const DAY_MS = 86_400_000;
const AGAIN = 7;
const CASES: readonly Omit<SummaryCase, 'firstMs' | 'againMs'>[] = [
  { days: 7, domain: undefined },
  { days: 30, domain: undefined },
  { days: 30, domain: 'd7.example' },
];

const [, , directory = '', lastDay = ''] = argv;
const dayBefore = (day: string, days: number): string =>
  new Date(Date.parse(day) - days * DAY_MS).toISOString().slice(0, 10);

async function measureCase({ days, domain }: (typeof CASES)[number]): Promise<SummaryCase> {
  // Opened anew: the first question finds nothing in the cache of the store.
  const store = await openSqliteIntakeStore({ directory, readOnly: true });
  const scope = {
    firstDay: dayBefore(lastDay, days - 1),
    lastDay,
    ...(domain === undefined ? {} : { domain: domain as Domain }),
  };
  const ask = async (): Promise<number> => {
    const sinceMs = performance.now();
    const { domains } = await readReportSummary(store, scope, { today: dayBefore(lastDay, -1) });
    if (domains.length === 0)
      throw new Error(`There is nothing about ${scope.firstDay} to ${lastDay}`);
    return performance.now() - sinceMs;
  };
  const firstMs = await ask();
  const againMs: number[] = [];
  for (let time = 0; time < AGAIN; time += 1) againMs.push(await ask());
  await store.close();
  return { days, domain, firstMs, againMs };
}

const cases: SummaryCase[] = [];
for (const each of CASES) cases.push(await measureCase(each));
const times: SummaryTimes = { cases };
stdout.write(`${JSON.stringify(times)}\n`);
