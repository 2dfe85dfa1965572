const DAY_MS = 86_400_000;

/** The day of UTC that an instant is in, as the number of days since 1970-01-01. */
export function dayOf(atMs: number): number {
  return Math.floor(atMs / DAY_MS);
}

/** `YYYY-MM-DD`. */
export function formatDay(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

/** @throws TypeError for what is not a day in the form `YYYY-MM-DD`. */
export function parseDay(text: string): number {
  const atMs = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(atMs)) {
    throw new TypeError(`Cannot read day "${text}": must have the form YYYY-MM-DD`);
  }
  return dayOf(atMs);
}
