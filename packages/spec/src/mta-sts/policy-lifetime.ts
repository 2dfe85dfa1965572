import type { StsPolicy } from './sts-policy.ts';
import { MAX_AGE_LIMIT_SECONDS } from './sts-policy.ts';

/** A policy as a sender keeps it (RFC 8461 §3.2). Times are milliseconds since 1970. */
export interface CachedPolicy {
  /** The TXT record's id when the policy was fetched. */
  readonly id: string;
  readonly policy: StsPolicy;
  /** The last successful fetch; an unchanged id never moves it. */
  readonly fetchedAtMs: number;
}

/**
 * When a kept policy ends: max_age, one year at most, after its last successful fetch. RFC 8461 §3.2.
 *
 * @example
 * ```ts
 * import { policyExpiresAtMs } from '@sekisho/spec';
 *
 * const policy = { mode: 'none', maxAgeSeconds: 60, mx: [], extensions: [] } as const;
 * assert.equal(policyExpiresAtMs({ id: '1', policy, fetchedAtMs: 1_000 }), 61_000);
 * ```
 */
export function policyExpiresAtMs(cached: CachedPolicy): number {
  const lifetimeSeconds = Math.min(cached.policy.maxAgeSeconds, MAX_AGE_LIMIT_SECONDS);
  return cached.fetchedAtMs + lifetimeSeconds * 1000;
}

/**
 * Whether a kept policy still applies. RFC 8461 §5.1.
 *
 * @example
 * ```ts
 * import { isPolicyFresh } from '@sekisho/spec';
 *
 * const policy = { mode: 'none', maxAgeSeconds: 60, mx: [], extensions: [] } as const;
 * assert.equal(isPolicyFresh({ id: '1', policy, fetchedAtMs: 0 }, 59_999), true);
 * assert.equal(isPolicyFresh({ id: '1', policy, fetchedAtMs: 0 }, 60_000), false);
 * ```
 */
export function isPolicyFresh(cached: CachedPolicy, nowMs: number): boolean {
  return nowMs < policyExpiresAtMs(cached);
}
