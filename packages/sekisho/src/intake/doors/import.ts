import { quote } from '@sekisho/spec';
import type { Acceptor } from '../accept/acceptor.ts';
import { type ImportItem, importItem, type ImportOutcome } from './import-items.ts';
import { type ListOptions, openItems } from './list-items.ts';

export interface ImportOptions extends Omit<ListOptions, 'largestBytes'> {
  readonly acceptor: Acceptor;
  /** Items under way at once; the acceptor may wait for the DNS. Default 8. */
  readonly concurrency?: number;
  /** Is told after each item. */
  readonly onProgress?: (summary: ImportSummary) => void;
  /** Ends the import after the items under way. */
  readonly signal?: AbortSignal;
}

/** How often each outcome came. */
export type ImportCounts = Readonly<Record<ImportOutcome['kind'], number>>;

/** An import so far. */
export interface ImportSummary {
  readonly counts: ImportCounts;
  /** The first 20 that could not be used. `where` and `problem` are escaped. */
  readonly problems: readonly { readonly where: string; readonly problem: string }[];
  /** Whether the signal ended it early. */
  readonly isAborted: boolean;
}

const MOST_PROBLEMS = 20;

/**
 * Imports everything under a path. What is stored already is recognised, so that an import can be begun again at any time.
 *
 * @throws {IoError} `mailbox-unreadable` when the path itself cannot be read, `mailbox-unwritable` when a Maildir cannot
 * be marked or its state not be written.
 */
export async function importPath(path: string, options: ImportOptions): Promise<ImportSummary> {
  const { acceptor, concurrency = 8, onProgress, signal } = options;
  const largestBytes = acceptor.largestBytes;
  const source = await openItems(path, { ...options, largestBytes });
  const tally = createTally();
  let isBroken = false;
  const work = async (): Promise<void> => {
    while (!isBroken && signal?.aborted !== true) {
      const { done, value } = await source.items.next();
      if (done === true) return;
      tally.add(value, await importItem(acceptor, value));
      onProgress?.(tally.summary(false));
    }
  };
  const works = Array.from({ length: concurrency }, () =>
    work().catch((error: unknown) => {
      isBroken = true;
      throw error;
    }),
  );
  const ends = await Promise.allSettled(works);
  await source.items.return(undefined);
  await source.finish();
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  return tally.summary(signal?.aborted === true);
}

interface Tally {
  add(item: ImportItem, outcome: ImportOutcome): void;
  summary(isAborted: boolean): ImportSummary;
}

function createTally(): Tally {
  const counts: Record<ImportOutcome['kind'], number> = {
    stored: 0,
    duplicate: 0,
    'not-a-report': 0,
    refused: 0,
    later: 0,
    'too-large': 0,
    unreadable: 0,
  };
  const problems: { readonly where: string; readonly problem: string }[] = [];
  return {
    add(item, outcome) {
      counts[outcome.kind] += 1;
      const problem = toProblem(outcome);
      if (problem !== undefined && problems.length < MOST_PROBLEMS)
        problems.push({ where: quote(item.where), problem });
    },
    summary: (isAborted) => ({ counts: { ...counts }, problems: [...problems], isAborted }),
  };
}

function toProblem(outcome: ImportOutcome): string | undefined {
  switch (outcome.kind) {
    case 'stored':
    case 'duplicate':
    case 'not-a-report':
      return undefined;
    case 'refused':
      return outcome.problems.join('; ');
    case 'later':
    case 'unreadable':
      return outcome.problem;
    case 'too-large':
      return 'it is too large';
  }
}
