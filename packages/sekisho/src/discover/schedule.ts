import type { Domain } from '@sekisho/spec';
import type { Round } from './round.ts';

/** The spans that govern looking up and keeping; see the `policies` section of the configuration. */
export interface DiscoverSettings {
  /** A policy whose id was compared longer ago than this is checked in the background on use. Default 300. */
  readonly recheckSeconds: number;
  /** Every policy is fetched about this often, whatever the DNS says (RFC 8461 §10.2). Default 86400. */
  readonly refreshSeconds: number;
  /** Between failed fetches of one id (RFC 8461 §3.3). Default 300. */
  readonly holdBackSeconds: number;
  /** Bounds of how long "no policy" is believed, whatever the SOA says. Defaults 60 and 3600. */
  readonly negativeMinSeconds: number;
  readonly negativeMaxSeconds: number;
  /** Domains held in memory; the store keeps the rest. Default 2000. */
  readonly memoryEntries: number;
  /** A lookup answers by then at the latest, with `uncertain` if it must. Default 15000. */
  readonly lookupDeadlineMs: number;
}

export const DEFAULT_DISCOVER_SETTINGS: DiscoverSettings = {
  recheckSeconds: 300,
  refreshSeconds: 86_400,
  holdBackSeconds: 300,
  negativeMinSeconds: 60,
  negativeMaxSeconds: 3600,
  memoryEntries: 2000,
  lookupDeadlineMs: 15_000,
};

/**
 * When a policy fetched at `fetchedAtMs` is to be fetched again: after about `refreshMs`, spread by ±10 % so that
 * domains learnt together do not return together, and always in the first half of a short lifetime
 * (RFC 8461 §3.3, §10.2).
 */
export function nextRefreshMs(
  policyDomain: Domain,
  fetchedAtMs: number,
  lifetimeMs: number,
  refreshMs: number,
): number {
  const spanMs = Math.min(refreshMs, lifetimeMs / 2);
  return Math.round(fetchedAtMs + spanMs * (0.9 + 0.2 * spread(policyDomain)));
}

/**
 * When a failed refresh is tried again: after the hold-back of RFC 8461 §3.3, doubling with each failure, at most
 * a quarter of the usual span.
 */
export function retryAfterMs(count: number, holdBackMs: number, refreshMs: number): number {
  const doubledMs = holdBackMs * 2 ** Math.min(count - 1, 20);
  return Math.max(holdBackMs, Math.min(doubledMs, refreshMs / 4));
}

/** A fraction in [0, 1) that is always the same for a domain (FNV-1a). */
function spread(policyDomain: Domain): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < policyDomain.length; index += 1) {
    hash = Math.imul(hash ^ policyDomain.charCodeAt(index), 0x01000193) >>> 0;
  }
  return hash / 2 ** 32;
}

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
