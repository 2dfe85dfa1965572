/** Moments of reports, in milliseconds since the epoch; no clock and no time zone but UTC. */

const DAY_MS = 86_400_000;
const DATE_TIME =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(?:([Zz])|([+-])(\d{2}):(\d{2}))?$/;

/** A moment that was read. */
export interface ReadInstant {
  readonly ms: number;
  /** False for a text without `Z` or offset, which is read as UTC. */
  readonly hasZone: boolean;
}

/** Reads a date-time of RFC 3339 §5.6, also without its zone; undefined for any other text. RFC 8460 §4.4. */
export function parseInstant(text: string): ReadInstant | undefined {
  const match = DATE_TIME.exec(text.length > 64 ? '' : text);
  if (match === null) return undefined;
  const part = (index: number): number => Number(match[index] ?? '0');
  const days = daysSinceEpoch(part(1), part(2), part(3));
  const offset = part(10) * 60 + part(11);
  // A second of 60 is a leap second, which no clock of ours counts.
  const isTime = part(4) < 24 && part(5) < 60 && part(6) <= 60 && part(10) < 24 && part(11) < 60;
  if (days === undefined || !isTime) return undefined;
  const seconds = part(4) * 3600 + part(5) * 60 + Math.min(part(6), 59);
  const fraction = Math.trunc(Number(`0.${match[7] ?? '0'}`) * 1000);
  const ahead = match[9] === '-' ? -offset : offset;
  const ms = days * DAY_MS + (seconds - ahead * 60) * 1000 + fraction;
  return { ms, hasZone: match[8] !== undefined || match[9] !== undefined };
}

/** Writes a moment as `2026-11-24T00:00:00Z`; parts of a second are dropped. RFC 3339 §5.6. */
export function formatInstant(ms: number): string {
  const days = Math.floor(ms / DAY_MS);
  const seconds = Math.floor((ms - days * DAY_MS) / 1000);
  const { year, month, day } = civilDate(days);
  const time = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const date = `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}`;
  return `${date}T${time.map((part) => pad(part, 2)).join(':')}Z`;
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, '0');
}

/** Undefined for a day that is not in the calendar. */
function daysSinceEpoch(year: number, month: number, day: number): number | undefined {
  if (month < 1 || month > 12 || day < 1 || day > lastDay(year, month)) return undefined;
  // Years that begin in March have the leap day at their end.
  const shifted = month > 2 ? year : year - 1;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const leapDays = Math.floor(shifted / 4) - Math.floor(shifted / 100) + Math.floor(shifted / 400);
  return shifted * 365 + leapDays + dayOfYear - 719_468;
}

function lastDay(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

function civilDate(days: number): { year: number; month: number; day: number } {
  const sinceMarchOfZero = days + 719_468;
  const era = Math.floor(sinceMarchOfZero / 146_097);
  const dayOfEra = sinceMarchOfZero - era * 146_097;
  const leapDays =
    Math.floor(dayOfEra / 1460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096);
  const yearOfEra = Math.floor((dayOfEra - leapDays) / 365);
  const dayOfYear =
    dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1,
  };
}
