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
