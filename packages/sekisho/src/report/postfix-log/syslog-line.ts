/** What a program wrote to the system log. */
export interface SyslogMessage {
  /** When it was written, as far as the line tells: to the second in the traditional form. */
  readonly atMs: number;
  /** Such as `postfix/smtp`. */
  readonly program: string;
  readonly pid: number;
  readonly message: string;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const DAY_MS = 86_400_000;
/** Four years back there is a 29 February in any case. */
const YEARS_BACK = 8;

const WITH_ZONE = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(\.\d{1,9})?(Z|[+-]\d\d:?\d\d) /i;
const TRADITIONAL = /^([A-Z][a-z]{2}) {1,2}(\d{1,2}) (\d\d):(\d\d):(\d\d) /;
/** Host, program and process; priorities and structured data of other formats are not read. */
const ORIGIN = /^[^ ]{1,255} ([^ [\]:]{1,128})\[(\d{1,10})\]: /;

/**
 * Reads a line of a system log file: `2026-01-02T03:04:05.678+09:00 host program[pid]: message`, or the traditional
 * `Jan  2 03:04:05 host program[pid]: message`, whose time is in this machine's zone and of the latest year that does
 * not put it more than a day ahead of `nowMs`. Undefined for anything else. Never throws.
 */
export function parseSyslogLine(line: string, nowMs: number): SyslogMessage | undefined {
  const time = readWithZone(line) ?? readTraditional(line, nowMs);
  if (time === undefined) return undefined;
  const rest = line.slice(time.length);
  const origin = ORIGIN.exec(rest);
  if (origin === null) return undefined;
  const [head, program = '', pid] = origin;
  return { atMs: time.atMs, program, pid: Number(pid), message: rest.slice(head.length) };
}

interface ReadTime {
  readonly atMs: number;
  /** Characters read, the blank behind included. */
  readonly length: number;
}

function readWithZone(line: string): ReadTime | undefined {
  const match = WITH_ZONE.exec(line);
  if (match === null) return undefined;
  const [head, date = '', time = '', fraction = '', zone = ''] = match;
  const offset = /^z$/i.test(zone) ? 'Z' : `${zone.slice(0, 3)}:${zone.slice(-2)}`;
  const atMs = Date.parse(`${date}T${time}${fraction.slice(0, 4)}${offset}`);
  return Number.isNaN(atMs) ? undefined : { atMs, length: head.length };
}

function readTraditional(line: string, nowMs: number): ReadTime | undefined {
  const match = TRADITIONAL.exec(line);
  if (match === null) return undefined;
  const [head, name = '', ...numbers] = match;
  const month = MONTHS.indexOf(name);
  const [day = 0, hour = 0, minute = 0, second = 0] = numbers.map(Number);
  if (month === -1 || hour > 23 || minute > 59 || second > 60) return undefined;
  const latest = new Date(nowMs).getFullYear() + 1;
  for (let year = latest; year >= latest - YEARS_BACK; year -= 1) {
    const date = new Date(year, month, day, hour, minute, second);
    const isReal = date.getMonth() === month && date.getDate() === day;
    if (isReal && date.getTime() <= nowMs + DAY_MS)
      return { atMs: date.getTime(), length: head.length };
  }
  return undefined;
}
