const INSTANT = /(?:^at|At|From|Until|Since|Before|After|until)Ms$/u;

/** The last moment that a `Date` knows. */
const LATEST_MS = 8.64e15;

/** Plain data as `--json` prints it: every instant is RFC 3339 text, and its name ends without `Ms`. */
export function toJson(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) =>
      typeof inner === 'number' && INSTANT.test(key) && Math.abs(inner) <= LATEST_MS
        ? [key.slice(0, -2), new Date(inner).toISOString()]
        : [key, toJson(inner)],
    ),
  );
}

/** As a command prints it. */
export function formatOutput(value: unknown): string {
  return `${JSON.stringify(toJson(value), null, 2)}\n`;
}
