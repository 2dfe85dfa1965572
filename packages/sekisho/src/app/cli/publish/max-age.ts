import { MAX_AGE_LIMIT_SECONDS } from '@sekisho/spec';
import { UsageError } from '../usage-error.ts';

const UNIT_SECONDS: Readonly<Record<string, number>> = {
  '': 1,
  s: 1,
  m: 60,
  h: 3600,
  d: 86_400,
  w: 604_800,
};

/** Reads a max_age: seconds, or a number with `s`, `m`, `h`, `d` or `w`. Throws {@link UsageError}. */
export function readMaxAge(text: string): number {
  const parts = /^(?<count>\d{1,9})(?<unit>[smhdw]?)$/u.exec(text)?.groups;
  if (parts === undefined)
    throw new UsageError(
      `--max-age: given is "${text}"; allowed is a number of seconds, or such as 12h, 7d or 4w (at most ${String(MAX_AGE_LIMIT_SECONDS)} seconds)`,
    );
  return Number(parts['count']) * (UNIT_SECONDS[parts['unit'] ?? ''] ?? 1);
}

/** The same time in words and in seconds, such as `7 days (604800 s)`. */
export function formatMaxAge(seconds: number): string {
  const units = [
    ['day', 86_400],
    ['hour', 3600],
    ['minute', 60],
  ] as const;
  const fitting = units.find(([, size]) => seconds >= size && seconds % size === 0);
  if (fitting === undefined) return `${String(seconds)} s`;
  const [name, size] = fitting;
  const count = seconds / size;
  return `${String(count)} ${name}${count === 1 ? '' : 's'} (${String(seconds)} s)`;
}
