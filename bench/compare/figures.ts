import { median } from '../measure/median.ts';

/** Figures of one run by name, such as `warm, TCP, 64: cpuUs`. */
export type Figures = ReadonlyMap<string, number>;

/** What is compared, and which side is the better one. What is not here describes the load, or another server. */
const BETTER = new Map<string, 'more' | 'less'>([
  ['perSecond', 'more'],
  ['cpuUs', 'less'],
  ['cpuMs', 'less'],
  ['p50Us', 'less'],
  ['p99Us', 'less'],
  ['maxUs', 'less'],
  ['rssMb', 'less'],
  ['triesMs', 'less'],
  ['firstMs', 'less'],
  ['againMs', 'less'],
  ['seconds', 'less'],
  ['burstRefused', 'less'],
]);

/** Numbers that say what was measured. */
const CONDITIONS = new Set(['connections', 'policies', 'domains', 'stored', 'days']);

/** Names of lists that say nothing beside those of their items. */
const LISTS = new Set(['points', 'rounds', 'runs']);

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isOther = ({ subject }: Json): boolean =>
  typeof subject === 'string' && subject.toLowerCase() !== 'sekisho';

/** What tells an item of a list from the others; empty for a round. */
function nameOf(item: Json): string {
  const parts = Object.entries(item).filter(
    ([key, value]) =>
      key !== 'subject' &&
      (typeof value === 'string' || (typeof value === 'number' && CONDITIONS.has(key))),
  );
  return parts
    .map(([key, value]) => (typeof value === 'string' ? value : `${key} ${String(value)}`))
    .join(', ');
}

function collect(value: unknown, path: readonly string[], into: Map<string, number[]>): void {
  const key = path.at(-1) ?? '';
  if (typeof value === 'number') {
    if (!BETTER.has(key)) return;
    const above = path.slice(0, -1).filter((part) => !LISTS.has(part));
    const name = `${above.join(', ')}: ${key}`;
    into.set(name, [...(into.get(name) ?? []), value]);
  } else if (Array.isArray(value)) {
    for (const item of value as readonly unknown[]) {
      const name = isObject(item) ? nameOf(item) : '';
      collect(item, name === '' ? path : [...path, name], into);
    }
  } else if (isObject(value) && !isOther(value)) {
    for (const [name, inner] of Object.entries(value))
      if (!name.startsWith('bare')) collect(inner, [...path, name], into);
  }
}

/** All figures of Sekisho in the results of a run, whatever their form; the median where a run has several rounds. */
export function listFigures(results: unknown): Figures {
  const found = new Map<string, number[]>();
  collect(results, [], found);
  return new Map([...found].map(([name, values]) => [name, median(values)]));
}

/** How the rounds of two trees compare in one figure. */
export interface Comparison {
  readonly name: string;
  readonly before: readonly number[];
  readonly after: readonly number[];
  /** The median after over that before. */
  readonly ratio: number;
  /** `outside`: every round of one tree was beyond every round of the other. */
  readonly verdict: 'within' | 'better outside' | 'worse outside';
}

function judge(name: string, before: readonly number[], after: readonly number[]): Comparison {
  const key = name.slice(name.lastIndexOf(' ') + 1);
  const isAbove = Math.min(...after) > Math.max(...before);
  const isBelow = Math.max(...after) < Math.min(...before);
  const isBetter = BETTER.get(key) === 'more' ? isAbove : isBelow;
  const verdict = isBetter ? 'better outside' : isAbove || isBelow ? 'worse outside' : 'within';
  return { name, before, after, ratio: median(after) / median(before), verdict };
}

/** Compares figures that both trees have; `missing` names those that one of them has alone, or not in every round. */
export function compareRounds(
  before: readonly Figures[],
  after: readonly Figures[],
): { readonly compared: readonly Comparison[]; readonly missing: readonly string[] } {
  const names = [...new Set([...before, ...after].flatMap((figures) => [...figures.keys()]))];
  const read = (rounds: readonly Figures[], name: string): number[] =>
    rounds.map((figures) => figures.get(name)).filter((value) => value !== undefined);
  const rows = names.map((name) => judge(name, read(before, name), read(after, name)));
  const isWhole = (row: Comparison): boolean =>
    row.before.length === before.length && row.after.length === after.length;
  return {
    compared: rows.filter(isWhole),
    missing: rows.filter((row) => !isWhole(row)).map(({ name }) => name),
  };
}
