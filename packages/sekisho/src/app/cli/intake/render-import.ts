import type { ImportCounts, ImportSummary } from '../../../intake/index.ts';
import type { TextStyle } from '../text/style.ts';
import { alignRight } from '../text/table.ts';
import { showSentence } from '../text/remote-text.ts';
import { formatTable } from '../text/table.ts';

const WORDS: Readonly<Record<keyof ImportCounts, string>> = {
  stored: 'new reports',
  duplicate: 'kept already',
  'not-a-report': 'mail without a report',
  refused: 'cannot be used; see: sekisho intake refused',
  later: 'to be imported again: the DNS or the store did not answer',
  'too-large': 'too large',
  unreadable: 'cannot be read',
};

/** What became of everything that was found. */
export function renderImport(summary: ImportSummary, style: TextStyle): string {
  const { counts, problems, isAborted } = summary;
  const { marks, paint } = style;
  const names = Object.keys(WORDS) as (keyof ImportCounts)[];
  const rows = names
    .filter((name) => counts[name] > 0 || name === 'stored')
    .map((name) => [String(counts[name]), WORDS[name]]);
  const lines = [
    ...formatTable(alignRight(rows, [0])),
    ...problems.map(
      ({ where, problem }) => `  ${marks.failed} ${showSentence(where)}: ${showSentence(problem)}`,
    ),
    ...(isAborted ? [paint.careful('Stopped. The same command goes on.')] : []),
  ];
  return `${lines.join('\n')}\n`;
}
