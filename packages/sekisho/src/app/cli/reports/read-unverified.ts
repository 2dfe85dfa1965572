import type { IntakeReader, ReporterTotals, ReportScope } from '../../../intake/store/index.ts';
import { describeTrust } from '../intake/describe-trust.ts';

/** Reports of one reporter that nobody vouches for. */
export interface UnverifiedReporter {
  readonly submitter: string;
  readonly reports: number;
  readonly successful: number;
  readonly failed: number;
  /** Of the latest of them; escaped. */
  readonly why: string;
}

const MOST_LOOKED_AT = 1000;

/** What is left when verified reports are taken from all, the reporters with the most sessions first. */
export async function readUnverified(
  store: IntakeReader,
  scope: ReportScope,
): Promise<readonly UnverifiedReporter[]> {
  const everything: ReportScope = { ...scope, trust: 'all' };
  const verified = new Map(
    (await store.listReporterTotals(scope)).map((totals) => [totals.submitter, totals]),
  );
  const rest = (await store.listReporterTotals(everything))
    .map((totals) => subtract(totals, verified.get(totals.submitter)))
    .filter(({ reports }) => reports > 0);
  if (rest.length === 0) return [];
  const reasons = await readReasons(store, everything);
  return rest.map((one) => ({ ...one, why: reasons.get(one.submitter) ?? '' }));
}

function subtract(
  { submitter, reports, successful, failed }: ReporterTotals,
  less: ReporterTotals | undefined,
) {
  return {
    submitter,
    reports: reports - (less?.reports ?? 0),
    successful: successful - (less?.successful ?? 0),
    failed: failed - (less?.failed ?? 0),
  };
}

async function readReasons(
  store: IntakeReader,
  scope: ReportScope,
): Promise<ReadonlyMap<string, string>> {
  const reasons = new Map<string, string>();
  for (const { submitter, trust } of await store.listReports(scope, MOST_LOOKED_AT))
    if (trust.kind !== 'verified' && !reasons.has(submitter))
      reasons.set(submitter, describeTrust(trust));
  return reasons;
}
