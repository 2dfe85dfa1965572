import { describe, expect, it } from 'vitest';
import { inLines, readProject } from './project-files.ts';

/** How many rows each standard has, under the letters that its ids begin with. */
const ROWS: ReadonlyMap<string, number> = new Map([
  ['STS', 119],
  ['RPT', 116],
]);
const STATES = ['done', 'planned', 'not ours'];
const LEVELS = ['MUST', 'MUST NOT', 'SHOULD', 'SHOULD NOT', 'MAY', 'DEF', 'ADV'];
/** The sections that bind somebody. */
const SECTIONS: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  [
    'STS',
    new Set(
      '1.1 2 3 3.1 3.2 3.3 3.4 4 4.1 4.2 5 5.1 6 7.1 7.2 8.1 8.2 8.3 8.4 9.1 9.2 9.3 10.2 10.3 10.4 10.5'.split(
        ' ',
      ),
    ),
  ],
  [
    'RPT',
    new Set(
      '1.1 3 4 4.1 4.2.1 4.2.2 4.3.1 4.3.2.1 4.3.2.2 4.3.3 4.3.4 4.4 4.5 5.1 5.2 5.3 5.3.1 5.4 5.5 5.6 6.1 6.2 6.3 6.4 6.5 6.6 7 8'.split(
        ' ',
      ),
    ),
  ],
]);

interface Row {
  readonly id: string;
  readonly section: string;
  readonly level: string;
  readonly what: string;
  readonly state: string;
  readonly where: string;
}

function readRows(markdown: string): Row[] {
  const lines = markdown.split('\n').filter((line) => /^\| (?:STS|RPT)-/.test(line));
  return lines.map((line) => {
    const cells = line.split('|').map((cell) => cell.trim());
    const [, id = '', section = '', level = '', , what = '', state = '', where = ''] = cells;
    return { id, section, level, what, state, where };
  });
}

function findFaults({ id, section, level, what, state, where }: Row): string[] {
  const number = section.replace('§', '');
  const faults: string[] = [];
  const standard = id.slice(0, 3);
  if (!SECTIONS.get(standard)?.has(number)) faults.push(`no section binds anybody: ${section}`);
  if (
    !new RegExp(String.raw`^${standard}-${number.replaceAll('.', String.raw`\.`)}-\d+$`).test(id)
  ) {
    faults.push(`id does not fit its section ${section}`);
  }
  if (!LEVELS.includes(level)) faults.push(`level "${level}", must be one of ${LEVELS.join(', ')}`);
  if (!STATES.includes(state)) faults.push(`state "${state}", must be one of ${STATES.join(', ')}`);
  if (what === '' || where === '') faults.push('an empty cell');
  return faults.map((fault) => `${id}: ${fault}`);
}

/** Rows that are called done although no test names them: a row's id not followed by a further digit. */
function findUntested(rows: readonly Row[], tests: string): string[] {
  const named = new Set(tests.match(/(?:STS|RPT)-\d+(?:\.\d+)*-\d+/g));
  return rows.filter(({ id, state }) => state === 'done' && !named.has(id)).map(({ id }) => id);
}

function isTest(path: string): boolean {
  return path.endsWith('.test.ts') || /^test\/e2e\/.*\.ts$/.test(path);
}

describe('docs/conformance.md (RFC 8461, RFC 8460)', () => {
  const [file] = readProject((path) => path === 'docs/conformance.md');
  const rows = readRows(file?.text ?? '');

  it.each([...ROWS])('has every %s row, %d of them, each once', (standard, count) => {
    const own = rows.filter(({ id }) => id.startsWith(standard));
    expect(own).toHaveLength(count);
    expect(new Set(own.map(({ id }) => id)).size).toBe(count);
  });

  it('gives each row a section that exists, a level, a state and a reason', () => {
    expect(inLines(rows.flatMap(findFaults))).toBe('');
  });

  it('calls nothing done that no test names', () => {
    const self = 'test/house/conformance.test.ts';
    const tests = readProject((path) => isTest(path) && path !== self);
    expect(inLines(findUntested(rows, tests.map(({ text }) => text).join('\n')))).toBe('');
  });
});

describe('the check of docs/conformance.md', () => {
  const row = '| STS-3.1-5 | §3.1 | DEF | sender | id | done | here |';
  const deep = '| RPT-4.3.2.2-1 | §4.3.2.2 | DEF | reporter | fetch | done | here |';

  it('sees a row without a test, also where a longer id is named', () => {
    expect(findUntested(readRows(row), 'STS-3.1-55, STS-13.1-5')).toEqual(['STS-3.1-5']);
    expect(findUntested(readRows(row), 'STS-3.1-5: id')).toEqual([]);
    expect(findUntested(readRows(row.replace('done', 'planned')), '')).toEqual([]);
    expect(findUntested(readRows(deep), 'RPT-4.3.2-1')).toEqual(['RPT-4.3.2.2-1']);
    expect(findUntested(readRows(deep), 'RPT-4.3.2.2-1')).toEqual([]);
  });

  it.each([
    ['| §3.1 |', '| §3.9 |', 2],
    ['| §3.1 |', '| §3.2 |', 1],
    ['| DEF |', '| WILL |', 1],
    ['| done |', '| soon |', 1],
    ['| here |', '| |', 1],
    ['| here |', '| there |', 0],
  ])('with %s changed to %s finds %d faults', (before, after, count) => {
    expect(readRows(row.replace(before, after)).flatMap(findFaults)).toHaveLength(count);
  });
});
