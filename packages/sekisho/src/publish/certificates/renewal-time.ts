import { createHash } from 'node:crypto';

/** When a certificate is valid. */
export interface Lifetime {
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** No wish of the authority puts renewal off beyond this part of the lifetime. */
const LATEST_PART = 5 / 6;
const SOONEST_PART = 1 / 6;
const DAY_MS = 86_400_000;
const LATE_PART = 2 / 3;
const EARLY_PART = 0.64;

/**
 * When to renew: at two thirds of the lifetime, a little earlier by a chance that is fixed for each certificate, so that
 * many that were issued together are not renewed together; or, where the authority suggests a window, at a moment in it
 * chosen the same way (RFC 9773 §4.2), but no later than five sixths of the lifetime, and no sooner than a day after it
 * began (or a sixth): whatever an authority says, it is not asked again and again.
 */
export function renewalTimeMs(
  domain: string,
  lifetime: Lifetime,
  window?: { readonly startMs: number; readonly endMs: number },
): number {
  const { notBeforeMs, notAfterMs } = lifetime;
  const chance = fixedChance(`${domain} ${notBeforeMs}`);
  const at = (part: number): number => notBeforeMs + (notAfterMs - notBeforeMs) * part;
  if (window === undefined) return Math.floor(at(EARLY_PART + (LATE_PART - EARLY_PART) * chance));
  const wished = window.startMs + (window.endMs - window.startMs) * chance;
  const soonest = Math.min(notBeforeMs + DAY_MS, at(SOONEST_PART));
  return Math.floor(Math.max(Math.min(wished, at(LATEST_PART)), soonest));
}

/** From 0 to 1; the same for the same text. */
function fixedChance(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE(0) / 2 ** 32;
}
