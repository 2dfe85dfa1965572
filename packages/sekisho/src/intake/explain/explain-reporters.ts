import type { DomainTotals, ReporterDays } from '../store/index.ts';
import type { Finding, Language } from './finding.ts';
import { findSilentReporters } from './reporter-cadence.ts';
import { showText } from './show-text.ts';
import { writeFinding } from './write-finding.ts';

/** Who reports, and how much. */
export interface ReporterFacts {
  /** Absent where all domains are meant. */
  readonly domain?: string;
  /** Undefined where no report came. */
  readonly totals: Pick<DomainTotals, 'successful' | 'failed' | 'before'> | undefined;
  /** Over the span and some weeks before it, up to today. */
  readonly reporters: readonly ReporterDays[];
  /** The first day of the span. */
  readonly firstDay: string;
  readonly today: string;
}

/** Sessions before of which a drop says something. */
const LEAST_BEFORE = 100;
const DROP_SHARE = 0.5;

/** What the reports' coming and staying away means: silence, new reporters, a sudden drop. */
export function explainReporters(facts: ReporterFacts, language?: Language): readonly Finding[] {
  const about = facts.domain === undefined ? {} : { domain: facts.domain };
  const say = (saying: Omit<Parameters<typeof writeFinding>[0], 'domain'>): Finding =>
    writeFinding({ ...about, ...saying }, language);
  return [
    ...explainTotals(facts, say),
    ...findSilentReporters(facts.reporters, facts.today).map(({ submitter, ...evidence }) =>
      say({
        code: 'reporter-silent',
        severity: 'warning',
        evidence: { ...evidence, reporters: [showText(submitter)] },
      }),
    ),
    ...findNew(facts).map(({ submitter, days: [firstDay = ''] }) =>
      say({
        code: 'reporter-new',
        severity: 'notice',
        evidence: { firstDay, reporters: [showText(submitter)] },
      }),
    ),
  ];
}

function explainTotals(
  { totals }: ReporterFacts,
  say: (saying: Omit<Parameters<typeof writeFinding>[0], 'domain'>) => Finding,
): readonly Finding[] {
  if (totals === undefined) return [say({ code: 'no-reports', severity: 'warning', evidence: {} })];
  const sessions = totals.successful + totals.failed;
  const before = totals.before.successful + totals.before.failed;
  const isDrop = before >= LEAST_BEFORE && sessions < before * DROP_SHARE;
  if (!isDrop) return [];
  return [say({ code: 'sessions-dropped', severity: 'warning', evidence: { sessions, before } })];
}

/** None while all are new: then it is the record that is new. */
function findNew({ reporters, firstDay }: ReporterFacts): readonly ReporterDays[] {
  const isNew = ({ days }: ReporterDays): boolean => (days[0] ?? firstDay) >= firstDay;
  return reporters.every(isNew) ? [] : reporters.filter(isNew);
}
