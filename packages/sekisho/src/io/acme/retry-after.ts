const WEEK_MS = 604_800_000;

/**
 * What a `Retry-After` header asks for (RFC 9110 §10.2.3), as milliseconds from now: seconds, or a date. Never less than
 * a second nor more than seven days; undefined without a header that can be read.
 */
export function readRetryAfter(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\d{1,9}$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - nowMs;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 1000), WEEK_MS);
}
