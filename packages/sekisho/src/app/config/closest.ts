/** The distances from the first letters of a word to every beginning of another, after one letter more. */
function nextRow(
  from: string,
  to: string,
  row: number,
  former: number[],
  older: number[],
): number[] {
  const current = [row];
  for (let column = 1; column <= to.length; column += 1) {
    const isSame = from[row - 1] === to[column - 1];
    const isSwapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
    const replaced = (former[column - 1] ?? Infinity) + (isSame ? 0 : 1);
    const inserted = (current[column - 1] ?? Infinity) + 1;
    const deleted = (former[column] ?? Infinity) + 1;
    const swapped = isSwapped ? (older[column - 2] ?? Infinity) + 1 : Infinity;
    current.push(Math.min(replaced, inserted, deleted, swapped));
  }
  return current;
}

/** Edits (insertion, deletion, replacement, swap of neighbours) that turn one word into another. */
function editDistance(from: string, to: string): number {
  let older: number[] = [];
  let former = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row += 1) {
    [older, former] = [former, nextRow(from, to, row, former, older)];
  }
  return former[to.length] ?? Infinity;
}

const LONGEST_WORD = 80;

/** The candidate that was most likely meant, ignoring case; undefined if none is near. */
export function findClosest(word: string, candidates: readonly string[]): string | undefined {
  if (word.length > LONGEST_WORD) return undefined;
  const limit = Math.max(1, Math.floor(word.length / 3));
  const ranked = candidates
    .filter((candidate) => Math.abs(candidate.length - word.length) <= limit)
    .map((candidate) => ({
      candidate,
      distance: editDistance(word.toLowerCase(), candidate.toLowerCase()),
    }))
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance);
  return ranked[0]?.candidate;
}
