import { styleText } from 'node:util';
import type { Results } from '../measure/results.ts';
import type { Claim } from './claim.ts';
import { judge } from './claims.ts';
import { type Column, formatTable } from './table.ts';
import { formatWarm } from './warm-table.ts';

const COLUMNS: readonly Column[] = [
  { title: 'measured', align: 'left' },
  { title: 'value', align: 'right' },
  { title: 'wanted', align: 'right' },
  { title: '', align: 'left' },
];

function verdictOf({ isMet }: Claim): string {
  if (isMet === undefined) return '';
  return isMet ? 'met' : 'NOT MET';
}

function paint(line: string): string {
  if (line.endsWith(' NOT MET')) return styleText('red', line, { stream: process.stdout });
  return line.endsWith(' met') ? styleText('green', line, { stream: process.stdout }) : line;
}

/** The whole text for standard output. Colours only where that is a terminal. */
export function formatReport(
  machine: readonly string[],
  skipped: readonly string[],
  results: Results,
): string {
  const claims = judge(results);
  const rows = claims.map((claim) => [claim.what, claim.value, claim.wanted, verdictOf(claim)]);
  const lines = [
    ...machine,
    '',
    ...(results.warm === undefined ? [] : [...formatWarm(results.warm), '']),
    ...(rows.length === 0 ? [] : formatTable(COLUMNS, rows).map(paint)),
    ...skipped.map((text) => `NOT MEASURED: ${text}`),
  ];
  return `${lines.join('\n')}\n`;
}
