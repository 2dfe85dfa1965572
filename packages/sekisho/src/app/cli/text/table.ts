const ESCAPE_SEQUENCE = /\x1b\[\d+m/gu;

/** What a text takes on a terminal; colours take nothing. */
function widthOf(text: string): number {
  return text.replace(ESCAPE_SEQUENCE, '').length;
}

/** Lines of columns that are two spaces apart; the last column is not filled up. `least` are widths to keep. */
export function formatTable(
  rows: readonly (readonly string[])[],
  least: readonly number[] = [],
): readonly string[] {
  const widths = widthsOf(rows, least);
  return rows.map((row) =>
    row
      .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - widthOf(cell)))
      .join('  ')
      .trimEnd(),
  );
}

/** The width of every column, never below what is given. */
export function widthsOf(
  rows: readonly (readonly string[])[],
  least: readonly number[] = [],
): readonly number[] {
  const columns = Math.max(0, least.length, ...rows.map(({ length }) => length));
  return Array.from({ length: columns }, (_, column) =>
    Math.max(least[column] ?? 0, ...rows.map((row) => widthOf(row[column] ?? ''))),
  );
}

/** Cells of a column that end at the same place, as numbers should. */
export function alignRight(
  rows: readonly (readonly string[])[],
  columns: readonly number[],
): string[][] {
  const widths = new Map(
    columns.map((column) => [column, Math.max(0, ...rows.map((row) => row[column]?.length ?? 0))]),
  );
  return rows.map((row) => row.map((cell, column) => cell.padStart(widths.get(column) ?? 0)));
}
