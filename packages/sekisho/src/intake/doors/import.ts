import { quote } from '@sekisho/spec';
import type { Acceptor } from '../accept/acceptor.ts';
import { type ImportItem, importItem, type ImportOutcome } from './import-items.ts';
import { type ListOptions, openItems } from './list-items.ts';

export interface ImportOptions extends Omit<ListOptions, 'largestBytes'> {
  readonly acceptor: Acceptor;
  /** Items that are read and then handed over together, so that a store can keep them in one write. Default 64. */
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
/** Beside one more item. */
const MOST_BYTES_AT_ONCE = 8 * 1024 * 1024;

/**
 * Imports everything under a path. What is stored already is recognised, so that an import can be begun again at any time.
 *
 * @throws {IoError} `mailbox-unreadable` when the path itself cannot be read, `mailbox-unwritable` when a Maildir cannot
 * be marked or its state not be written.
 */
export async function importPath(path: string, options: ImportOptions): Promise<ImportSummary> {
  const { acceptor, concurrency = 64, onProgress, signal } = options;
  const largestBytes = acceptor.largestBytes;
  const source = await openItems(path, { ...options, largestBytes });
  const tally = createTally();
  const take = async (item: ImportItem): Promise<void> => {
    tally.add(item, await importItem(acceptor, item));
    onProgress?.(tally.summary(false));
  };
  try {
    for (;;) {
      const items = signal?.aborted === true ? [] : await readSome(source.items, concurrency);
      if (items.length === 0) break;
      const ends = await Promise.allSettled(items.map(take));
      for (const end of ends) if (end.status === 'rejected') throw end.reason;
    }
  } finally {
    await source.items.return(undefined);
    await source.finish();
  }
  return tally.summary(signal?.aborted === true);
}

/** The next items, fewer where they are large; none at the end. */
async function readSome(
  source: AsyncGenerator<ImportItem>,
  most: number,
): Promise<readonly ImportItem[]> {
  const items: ImportItem[] = [];
  let bytes = 0;
  while (items.length < most && bytes < MOST_BYTES_AT_ONCE) {
    const { done, value } = await source.next();
    if (done === true) break;
    items.push(value);
    bytes += 'bytes' in value ? value.bytes.length : 0;
  }
  return items;
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
