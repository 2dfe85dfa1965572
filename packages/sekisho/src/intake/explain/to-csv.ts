import { escapeSentence } from '../../io/log/index.ts';

/** A cell; a list is joined by spaces, and an absent value is empty. */
export type CsvCell = string | number | boolean | readonly string[] | undefined;

/**
 * Writes a table with a line of names first, as RFC 4180 has it: CRLF, and quotes where they are needed. No cell can be
 * taken for a formula by a spreadsheet: an apostrophe goes before what begins like one. Controls are escaped.
 *
 * @param names columns, in their order; members of a row that are not among them are left out.
 */
export function toCsv<Name extends string>(
  names: readonly Name[],
  rows: readonly { readonly [K in Name]?: CsvCell }[],
): string {
  const lines = [names, ...rows.map((row) => names.map((name) => row[name]))];
  return lines.map((cells) => `${cells.map(formatCell).join(',')}\r\n`).join('');
}

function formatCell(cell: CsvCell): string {
  if (typeof cell === 'number' || typeof cell === 'boolean') return String(cell);
  const given = typeof cell === 'string' ? cell : (cell ?? []).join(' ');
  const text = `${/^\s*[=+\-@\t\r\n|%＝＋－＠]/.test(given) ? "'" : ''}${escapeSentence(given)}`;
  return /[",]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
