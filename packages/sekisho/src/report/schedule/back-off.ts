const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** RFC 8460 §5.5. */
const WINDOW_MS = 24 * HOUR_MS;

/**
 * When a report is tried again: after five minutes, doubling to four hours, and up to a tenth more, so that many do not
 * come at once; the last time 24 hours after the first attempt. Undefined when there is no other time. RFC 8460 §5.5.
 *
 * @param attempts that have failed, at least 1.
 * @param options.retryAfterMs what the destination asked for; never undercut.
 * @param options.chance from 0 to 1.
 */
export function nextAttemptAtMs(
  attempts: number,
  options: {
    readonly firstAttemptAtMs: number;
    readonly nowMs: number;
    readonly retryAfterMs?: number | undefined;
    readonly chance: number;
  },
): number | undefined {
  const { firstAttemptAtMs, nowMs, retryAfterMs = 0, chance } = options;
  const lastAtMs = firstAttemptAtMs + WINDOW_MS;
  if (nowMs >= lastAtMs || nowMs + retryAfterMs > lastAtMs) return undefined;
  const doubled = Math.min(5 * MINUTE_MS * 2 ** Math.min(attempts - 1, 30), 4 * HOUR_MS);
  const waitMs = Math.max(Math.round(doubled * (1 + chance / 10)), retryAfterMs);
  return Math.min(nowMs + waitMs, lastAtMs);
}
