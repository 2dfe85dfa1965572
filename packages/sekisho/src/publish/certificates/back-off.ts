import type { AcmeFailureCode } from '../../io/acme/index.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** Why there is no new certificate; `publish status` shows it. */
export type CertificateProblemCode = AcmeFailureCode | 'not-pointing-here' | (string & {});

/**
 * How long to wait after so many failures in a row: five minutes, doubling to a day, and up to a tenth more, so that many
 * domains do not come at once. A check that asks nothing of the authority begins at a minute and ends at an hour.
 *
 * Public authorities refuse a name after five failed validations in an hour: these are four.
 *
 * @param failures at least 1.
 * @param options.retryAfterMs what the authority asked for; never undercut.
 * @param options.chance from 0 to 1.
 */
export function backOffMs(
  failures: number,
  options: {
    readonly code: CertificateProblemCode;
    readonly retryAfterMs?: number | undefined;
    readonly chance: number;
  },
): number {
  const { code, retryAfterMs = 0, chance } = options;
  const [first, most] =
    code === 'not-pointing-here' ? [MINUTE_MS, HOUR_MS] : [5 * MINUTE_MS, DAY_MS];
  const doubled = Math.min(first * 2 ** Math.min(failures - 1, 30), most);
  return Math.round(Math.max(doubled, retryAfterMs) * (1 + chance / 10));
}
