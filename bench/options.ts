import { parseArgs } from 'node:util';

/** What can be measured on its own. */
export const PARTS = [
  'warm',
  'scale',
  'cold',
  'rss',
  'ready',
  'pause',
  'publish',
  'collect',
  'intake',
] as const;
export type Part = (typeof PARTS)[number];

export interface Options {
  /** Rounds of one second at each point; medians are taken over them. Default 3. */
  readonly rounds: number;
  readonly parts: ReadonlySet<Part>;
  /** Where the figures go as JSON. */
  readonly jsonFile: string | undefined;
}

export const USAGE = `Usage: npm run bench -- [options]

  --seconds N   seconds at each point, in rounds of one second (default 3)
  --quick       one second at each point
  --only LIST   some of ${PARTS.join(', ')}, with commas between
  --json FILE   write all figures to FILE as well
  --help        this text
`;

/** A wrong command line; the message says what is allowed. */
export class UsageError extends Error {}

/** @throws {UsageError} */
export function readParts(text: string | undefined): ReadonlySet<Part> {
  if (text === undefined) return new Set(PARTS);
  const names = text.split(',').map((name) => name.trim());
  const parts = PARTS.filter((part) => names.includes(part));
  const unknown = names.find((name) => !PARTS.some((part) => part === name));
  if (unknown === undefined) return new Set(parts);
  throw new UsageError(`--only knows ${PARTS.join(', ')}, not "${unknown}"`);
}

function readRounds(seconds: string | undefined, quick: boolean): number {
  if (seconds === undefined) return quick ? 1 : 3;
  if (/^[1-9]\d{0,2}$/.test(seconds)) return Number(seconds);
  throw new UsageError(`--seconds is "${seconds}", must be a whole number from 1 to 999`);
}

/** @throws {UsageError} */
export function readOptions(args: readonly string[]): Options | 'help' {
  const options = {
    seconds: { type: 'string' },
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    json: { type: 'string' },
    help: { type: 'boolean', default: false },
  } as const;
  const { values } = parseArgs({ args: [...args], options });
  if (values.help) return 'help';
  return {
    rounds: readRounds(values.seconds, values.quick),
    parts: readParts(values.only),
    jsonFile: values.json,
  };
}
