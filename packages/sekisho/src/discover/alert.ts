import type { StsMode } from '@sekisho/spec';

const DAY_MS = 86_400_000;
const ERROR_FROM_COUNT = 4;

/** How loudly a failed refresh is logged. */
export type AlertLevel = 'debug' | 'warn' | 'error';

export interface RefreshFailure {
  readonly mode: StsMode;
  /** Failures in a row, this one included. */
  readonly count: number;
  /** Until the cached policy expires and mail goes unprotected. */
  readonly remainingMs: number;
  readonly lifetimeMs: number;
}

/**
 * The log level of a failed refresh: it rises with the failures and as the remaining lifetime shrinks
 * (RFC 8461 §3.3, §10.2). A policy of mode `none` protects nothing, so it alerts nobody.
 */
export function alertLevel({ mode, count, remainingMs, lifetimeMs }: RefreshFailure): AlertLevel {
  if (mode === 'none') return 'debug';
  const nearEnd = remainingMs < Math.min(DAY_MS, lifetimeMs / 4);
  return nearEnd || count >= ERROR_FROM_COUNT ? 'error' : 'warn';
}
