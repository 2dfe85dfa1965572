import { IMPORTED, type ImportPoint, type IntakeResult } from '../measure/intake.ts';
import { median } from '../measure/median.ts';
import type { ImportRun, SummaryCase } from '../subjects/intake.ts';
import type { Claim } from './claim.ts';
import { formatNumber, formatRatio } from './numbers.ts';

const LEAST_PER_SECOND = 1000;
const MOST_GROWTH = 1.25;
const MOST_SUMMARY_MS = 200;

const whole = (value: number): string => Math.round(value).toLocaleString('en-GB');

/** What a report costs without the start of the process, in seconds or milliseconds of each run. */
function costs(
  { runs }: ImportPoint,
  start: readonly ImportRun[],
  read: (run: ImportRun) => number,
): readonly number[] {
  const least = median(start.map(read));
  return runs.map((run) => (read(run) - least) / IMPORTED);
}

function judgeImport({ points, start }: IntakeResult): readonly Claim[] {
  const rows = points.map((point): Claim => {
    const perSecond = 1 / median(costs(point, start, ({ seconds }) => seconds));
    const cpuUs = 1000 * median(costs(point, start, ({ cpuMs }) => cpuMs));
    return {
      what: `reports imported with ${whole(point.stored)} stored, one core: each second; CPU each`,
      value: `${whole(perSecond)}; ${whole(cpuUs)} µs`,
      wanted: `≥ ${whole(LEAST_PER_SECOND)}`,
      isMet: perSecond >= LEAST_PER_SECOND,
    };
  });
  const [first] = points;
  const last = points.at(-1);
  if (first === undefined || last === undefined) return rows;
  const before = costs(first, start, ({ cpuMs }) => cpuMs);
  const after = costs(last, start, ({ cpuMs }) => cpuMs);
  const growth = median(after.map((each, round) => each / (before[round] ?? Number.NaN)));
  const claim: Claim = {
    what: 'reports imported: CPU each with the most stored over that with none',
    value: formatRatio(growth),
    wanted: `≤ ${formatRatio(MOST_GROWTH)}`,
    isMet: growth <= MOST_GROWTH,
  };
  return [...rows, claim];
}

function judgeSummary(failureRows: number, { days, domain, firstMs, againMs }: SummaryCase): Claim {
  const value = median(againMs);
  const about = domain === undefined ? 'all domains' : 'one domain';
  return {
    what: `summary of ${String(days)} days, ${about}, of ${whole(failureRows)} rows: first; again`,
    value: `${formatNumber(firstMs)}; ${formatNumber(value)} ms`,
    wanted: `< ${String(MOST_SUMMARY_MS)} ms`,
    isMet: value < MOST_SUMMARY_MS,
  };
}

/** What received reports cost, to take in and to ask for. */
export function judgeIntake(intake: IntakeResult | undefined): readonly Claim[] {
  if (intake === undefined) return [];
  return [
    ...judgeImport(intake),
    ...intake.summary.map((each) => judgeSummary(intake.failureRows, each)),
  ];
}
