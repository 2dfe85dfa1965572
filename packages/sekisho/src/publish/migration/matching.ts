import { matchMx, parseDomain, parseMxPattern } from '@sekisho/spec';

/** The first pattern that allows an MX host, as it is written in the policy (RFC 8461 §4.1). */
export function matchingPattern(patterns: readonly string[], mxHost: string): string | undefined {
  const host = parseDomain(mxHost);
  if (!host.ok) return undefined;
  return patterns.find((text) => {
    const pattern = parseMxPattern(text);
    return pattern.ok && matchMx(pattern.value, host.value);
  });
}

/** The hosts that no pattern allows, in their order (RFC 8461 §4.1). */
export function unmatchedHosts(
  patterns: readonly string[],
  mxHosts: readonly string[],
): readonly string[] {
  return mxHosts.filter((host) => matchingPattern(patterns, host) === undefined);
}
