/** One message of the systemd journal, as `journalctl -o json` writes it. */
export interface JournalEntry {
  readonly cursor: string;
  /** When the journal received it. */
  readonly atMs: number;
  /** What the program calls itself, such as `postfix/smtp`. */
  readonly program: string;
  readonly pid: number;
  readonly message: string;
}

/** Reads one line of `journalctl -o json`; undefined for what is no message of a program. Never throws. */
export function parseJournalEntry(line: string): JournalEntry | undefined {
  const fields = parseObject(line);
  if (fields === undefined) return undefined;
  const cursor = fields['__CURSOR'];
  const program = fields['SYSLOG_IDENTIFIER'];
  const atMicroseconds = readNatural(fields['__REALTIME_TIMESTAMP']);
  const pid = readNatural(fields['SYSLOG_PID'] ?? fields['_PID']);
  const message = readMessage(fields['MESSAGE']);
  if (typeof cursor !== 'string' || typeof program !== 'string' || message === undefined)
    return undefined;
  if (atMicroseconds === undefined || pid === undefined) return undefined;
  return { cursor, atMs: Math.floor(atMicroseconds / 1000), program, pid, message };
}

/** The journal writes numbers as text. `Number` would also take lists, and throws for objects of some keys. */
function readNatural(value: unknown): number | undefined {
  if (typeof value !== 'string' || !/^\d+$/u.test(value)) return undefined;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : undefined;
}

function parseObject(line: string): Readonly<Record<string, unknown>> | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? (value as Readonly<Record<string, unknown>>) : undefined;
}

/** Octets that are no UTF-8 come as a list of numbers. */
function readMessage(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) return undefined;
  const isOctets = value.every((each) => Number.isInteger(each) && each >= 0 && each <= 255);
  return isOctets ? Buffer.from(value as number[]).toString('utf8') : undefined;
}
