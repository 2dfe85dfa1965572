import type { Round } from './round.ts';
import type { DiscoverSettings } from './settings.ts';

type Bounds = Pick<
  DiscoverSettings,
  'negativeMinSeconds' | 'negativeMaxSeconds' | 'holdBackSeconds'
>;

/**
 * How long "no policy" is believed: the SOA's negative TTL or the record's own TTL within the operator's bounds
 * (RFC 2308 §5), and after a failed fetch no longer than until the next one is allowed (RFC 8461 §3.3).
 */
export function negativeTtlMs({ dns, fetchDecision, fetchCode }: Round, bounds: Bounds): number {
  const ttlSeconds = dns.kind === 'answer' ? (dns.ttlSeconds ?? 0) : 0;
  const seconds = clamp(ttlSeconds, bounds.negativeMinSeconds, bounds.negativeMaxSeconds);
  const heldBack = !fetchDecision.fetch && fetchDecision.because === 'held-back';
  const fetchMayReturn = fetchCode !== undefined || heldBack;
  return (fetchMayReturn ? Math.min(seconds, bounds.holdBackSeconds) : seconds) * 1000;
}

const clamp = (value: number, least: number, most: number): number =>
  Math.min(Math.max(value, least), Math.max(least, most));
