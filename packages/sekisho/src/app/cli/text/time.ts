const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
] as const;

/** RFC 3339 in UTC, whole seconds; a time that no calendar knows is written as a number. */
export function formatTime(atMs: number): string {
  const at = new Date(atMs);
  return Number.isNaN(at.getTime()) ? String(atMs) : at.toISOString().replace(/\.\d+Z$/u, 'Z');
}

/** A span in its largest fitting unit, such as `3 hours`. */
export function formatSpan(spanMs: number): string {
  const [name, sizeMs] = UNITS.find(([, size]) => spanMs >= size) ?? UNITS[3];
  const count = Math.floor(spanMs / sizeMs);
  return `${String(count)} ${name}${count === 1 ? '' : 's'}`;
}

/** How far away a time is: `3 hours ago`, `in 6 days`, `now`. */
export function formatDistance(atMs: number, nowMs: number): string {
  const spanMs = Math.abs(atMs - nowMs);
  if (spanMs < 1000) return 'now';
  return atMs < nowMs ? `${formatSpan(spanMs)} ago` : `in ${formatSpan(spanMs)}`;
}

/** Both: `2026-01-02T03:04:05Z (3 hours ago)`. */
export function formatMoment(atMs: number, nowMs: number): string {
  return `${formatTime(atMs)} (${formatDistance(atMs, nowMs)})`;
}
