import { type ImportCounts, importPath, type ImportSummary } from '../../../intake/index.ts';
import type { CliContext } from '../cli-context.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { styleFor } from '../text/style.ts';
import { formatOutput } from '../text/to-json.ts';
import { createImportProgress } from './import-progress.ts';
import { renderImport } from './render-import.ts';
import { withAcceptor } from './with-acceptor.ts';

/** Options of `sekisho intake import`. */
export interface ImportOptions {
  readonly json?: true;
  readonly move?: true;
}

/** `sekisho intake import PATH…` */
export function importReports(
  context: CliContext,
  paths: readonly string[],
  { json, move }: ImportOptions,
): Promise<ExitCode> {
  const { stdout, stderr } = context;
  const stopping = new AbortController();
  const stop = (): void => stopping.abort();
  return withAcceptor(context, async (acceptor) => {
    const progress = createImportProgress(stderr);
    let summary: ImportSummary | undefined;
    process.once('SIGINT', stop);
    try {
      for (const path of paths) {
        const before = summary;
        const onProgress = (now: ImportSummary): void => progress.show(addUp(before, now));
        const { signal } = stopping;
        summary = addUp(
          before,
          await importPath(path, { acceptor, onProgress, isMoving: move === true, signal }),
        );
        if (signal.aborted) break;
      }
    } finally {
      progress.leave();
      process.off('SIGINT', stop);
    }
    if (summary === undefined) return EXIT.ok;
    stdout.write(json === true ? formatOutput(summary) : renderImport(summary, styleFor(context)));
    return endOf(summary);
  });
}

const MOST_PROBLEMS = 20;

function addUp(a: ImportSummary | undefined, b: ImportSummary): ImportSummary {
  if (a === undefined) return b;
  const names = Object.keys(b.counts) as (keyof ImportCounts)[];
  const counts = Object.fromEntries(names.map((name) => [name, a.counts[name] + b.counts[name]]));
  return {
    counts: counts as ImportCounts,
    problems: [...a.problems, ...b.problems].slice(0, MOST_PROBLEMS),
    isAborted: b.isAborted,
  };
}

/** Importing again is always possible: what is kept already is recognised. */
function endOf({ counts, isAborted }: ImportSummary): ExitCode {
  if (counts.later > 0 || isAborted) return EXIT.temporary;
  return counts.stored + counts.duplicate === 0 ? EXIT.notFound : EXIT.ok;
}
