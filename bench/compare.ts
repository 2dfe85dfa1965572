/**
 * Two trees in one sitting: each part runs in this tree and in another one by turns, each time by the tree's own
 * benchmark, so that paths and commands may differ. docs/performance.md explains the table.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Comparison, compareRounds, type Figures, listFigures } from './compare/figures.ts';
import { type Part, readParts, UsageError } from './options.ts';
import { formatNumber, formatRatio } from './report/numbers.ts';
import { type Column, formatTable } from './report/table.ts';
import { median } from './measure/median.ts';

const USAGE = `Usage: npm run bench:compare -- --against DIR [options]

  --against DIR  another checkout, installed and built: the state before
  --only LIST    some parts of "npm run bench", with commas between (default all)
  --rounds N     runs of each part in each tree (default 5)
  --json FILE    write every figure of every round to FILE as well
`;
const HERE = fileURLToPath(new URL('..', import.meta.url));
const BUILT = 'packages/sekisho/dist/app/main.js';
const USUAL_ROUNDS = 5;
const USAGE_EXIT = 64;

interface Options {
  readonly against: string;
  readonly parts: ReadonlySet<Part>;
  readonly rounds: number;
  readonly jsonFile: string | undefined;
}

/** @throws {UsageError} */
function readOptions(args: readonly string[]): Options {
  const text = { type: 'string' } as const;
  const options = { against: text, only: text, rounds: text, json: text };
  const { values } = parseArgs({ args: [...args], options });
  if (values.against === undefined) throw new UsageError('--against is missing');
  const against = resolve(values.against);
  if (!existsSync(join(against, BUILT)))
    throw new UsageError(`--against is "${against}", which has no ${BUILT}: build it`);
  const rounds = values.rounds ?? String(USUAL_ROUNDS);
  if (!/^[1-9]\d?$/u.test(rounds))
    throw new UsageError(`--rounds is "${rounds}", must be a whole number from 1 to 99`);
  return { against, parts: readParts(values.only), rounds: Number(rounds), jsonFile: values.json };
}

/** One run of one part in one tree, one second at each point; once more if it fails, since hours may hang on it. */
function measure(tree: string, part: Part, file: string): Figures {
  const args = ['bench/run.ts', '--quick', '--only', part, '--json', file];
  const run = () => spawnSync(process.execPath, args, { cwd: tree, encoding: 'utf8' });
  rmSync(file, { force: true });
  const first = run();
  if (first.status !== 0) process.stderr.write(`${tree}: ${part} failed:\n${first.stderr}`);
  const last = first.status === 0 ? first : run();
  if (last.status !== 0) throw new Error(`${tree}: ${part} failed again:\n${last.stderr}`);
  const { results } = JSON.parse(readFileSync(file, 'utf8')) as { readonly results: unknown };
  return listFigures(results);
}

interface Sides {
  readonly before: Figures[];
  readonly after: Figures[];
}

/** Who begins changes with each round: a machine that slows down must not favour one of them. */
function measureRounds({ against, parts, rounds }: Options, folder: string): Sides {
  const sides: Sides = { before: [], after: [] };
  for (let round = 1; round <= rounds; round += 1) {
    const found = { before: new Map<string, number>(), after: new Map<string, number>() };
    for (const part of parts) {
      const order =
        round % 2 === 0 ? (['after', 'before'] as const) : (['before', 'after'] as const);
      for (const side of order) {
        process.stderr.write(`round ${String(round)} of ${String(rounds)}: ${part}, ${side}\n`);
        const tree = side === 'before' ? against : HERE;
        for (const [name, value] of measure(tree, part, join(folder, 'figures.json')))
          found[side].set(name, value);
      }
    }
    sides.before.push(found.before);
    sides.after.push(found.after);
  }
  return sides;
}

const COLUMNS: readonly Column[] = [
  { title: 'measured', align: 'left' },
  { title: 'before', align: 'right' },
  { title: 'least … most', align: 'right' },
  { title: 'after', align: 'right' },
  { title: 'least … most', align: 'right' },
  { title: 'ratio', align: 'right' },
  { title: '', align: 'left' },
];

function toRow({ name, before, after, ratio, verdict }: Comparison): readonly string[] {
  const side = (values: readonly number[]): readonly string[] => [
    formatNumber(median(values)),
    `${formatNumber(Math.min(...values))} … ${formatNumber(Math.max(...values))}`,
  ];
  return [
    name,
    ...side(before),
    ...side(after),
    formatRatio(ratio),
    verdict === 'within' ? '' : verdict,
  ];
}

function main(options: Options): void {
  const folder = mkdtempSync(join(tmpdir(), 'sekisho-compare-'));
  try {
    const { before, after } = measureRounds(options, folder);
    const { compared, missing } = compareRounds(before, after);
    const worse = compared.filter(({ verdict }) => verdict === 'worse outside').length;
    const lines = [
      ...formatTable(COLUMNS, compared.map(toRow)),
      ...missing.map((name) => `ONLY IN ONE TREE: ${name}`),
      `${String(compared.length)} figures in ${String(options.rounds)} rounds, ${String(worse)} worse outside the spread`,
    ];
    process.stdout.write(`${lines.join('\n')}\n`);
    if (options.jsonFile !== undefined)
      writeFileSync(options.jsonFile, `${JSON.stringify({ compared, missing }, null, 2)}\n`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

try {
  main(readOptions(process.argv.slice(2)));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  if (error instanceof UsageError) process.stderr.write(`\n${USAGE}`);
  process.exitCode = error instanceof UsageError ? USAGE_EXIT : 1;
}
