import { matchMx, type MxPattern, parseMxPattern } from '../mta-sts/mx-pattern.ts';
import { parseDomain } from '../text/domain.ts';
import type { ReportedPolicy } from './tls-report.ts';

/**
 * The mode of the MTA-STS policy that an entry of a report quotes (RFC 8460 §4.5), as it is written there; undefined for
 * other policies, and where the lines do not tell.
 *
 * @example
 * ```ts
 * import { reportedMode } from '@sekisho/spec';
 *
 * const policyString = ['version: STSv1', 'mode: testing', 'mx: mx.example.com', 'max_age: 86400'];
 * assert.equal(reportedMode({ policyType: 'sts', policyString }), 'testing');
 * assert.equal(reportedMode({ policyType: 'tlsa', policyString: ['3 1 1 AB'] }), undefined);
 * ```
 */
export function reportedMode({
  policyType,
  policyString,
}: Pick<ReportedPolicy, 'policyType' | 'policyString'>): string | undefined {
  if (policyType !== 'sts') return undefined;
  return policyString.map((line) => /^mode:\s*(\w{1,16})\s*$/.exec(line)?.[1]).find(Boolean);
}

/**
 * The patterns of the MTA-STS policy that an entry of a report was held against: its `mx-host`, or the `mx` lines of the
 * quoted policy where a reporter leaves that out (RFC 8460 §4.4). What is no pattern is left out; none for other policies.
 *
 * @example
 * ```ts
 * import { reportedPatterns } from '@sekisho/spec';
 *
 * const policyString = ['version: STSv1', 'mode: testing', 'mx: *.example.com', 'max_age: 86400'];
 * assert.deepEqual(reportedPatterns({ policyType: 'sts', policyString, mxHost: [] }), ['*.example.com']);
 * ```
 */
export function reportedPatterns({
  policyType,
  policyString,
  mxHost,
}: Pick<ReportedPolicy, 'policyType' | 'policyString' | 'mxHost'>): readonly MxPattern[] {
  if (policyType !== 'sts') return [];
  const texts =
    mxHost.length > 0
      ? mxHost
      : policyString.flatMap((line) => /^mx:\s*(\S+)\s*$/.exec(line)?.[1] ?? []);
  return texts.flatMap((text) => {
    const pattern = parseMxPattern(text);
    return pattern.ok ? [pattern.value] : [];
  });
}

/**
 * Whether a report names an MX host that no pattern of the policy allows (RFC 8461 §4.1). False where the host or the
 * patterns are not known: nothing can be said then.
 *
 * @example
 * ```ts
 * import { isOutsidePolicy, parseMxPattern } from '@sekisho/spec';
 *
 * const pattern = parseMxPattern('*.example.com');
 * assert(pattern.ok);
 * assert.equal(isOutsidePolicy([pattern.value], 'mx.example.com'), false);
 * assert.equal(isOutsidePolicy([pattern.value], 'mx.example.net'), true);
 * assert.equal(isOutsidePolicy([], 'mx.example.net'), false);
 * ```
 */
export function isOutsidePolicy(
  patterns: readonly MxPattern[],
  mxHost: string | undefined,
): boolean {
  if (mxHost === undefined || patterns.length === 0) return false;
  const host = parseDomain(mxHost);
  return host.ok && !patterns.some((pattern) => matchMx(pattern, host.value));
}
