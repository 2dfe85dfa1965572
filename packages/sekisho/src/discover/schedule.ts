import type { Domain } from '@sekisho/spec';

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
