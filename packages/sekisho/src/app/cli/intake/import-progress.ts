import type { ImportSummary } from '../../../intake/index.ts';
import type { Output } from '../cli-context.ts';

const ERASE_LINE = '\r\x1b[2K';
const EVERY_MS = 100;

/** Shows how far an import has come, on a terminal: one line that is written over. */
export interface ImportProgress {
  show(summary: ImportSummary): void;
  /** Takes the line away. */
  leave(): void;
}

export function createImportProgress(output: Output): ImportProgress {
  if (output.isTTY !== true) return { show: () => undefined, leave: () => undefined };
  let shownAtMs = -Infinity;
  return {
    show({ counts }) {
      if (performance.now() - shownAtMs < EVERY_MS) return;
      shownAtMs = performance.now();
      const looked = Object.values(counts).reduce((sum, count) => sum + count, 0);
      output.write(
        `${ERASE_LINE}${String(looked)} looked at, ${String(counts.stored)} new reports`,
      );
    },
    leave: () => void output.write(ERASE_LINE),
  };
}
