import type { Issue, Severity } from '@sekisho/spec';
import { showSentence } from '../text/remote-text.ts';
import type { Paint } from '../text/style.ts';

const COLOURS: Readonly<Record<Severity, keyof Paint>> = {
  error: 'bad',
  tolerated: 'careful',
  warning: 'careful',
  notice: 'dim',
};

/** One issue on one line: how grave it is, and the sentence with its clause. */
export function renderIssue({ severity, message }: Issue, paint: Paint): string {
  return `${paint[COLOURS[severity]](severity)}: ${showSentence(message)}`;
}
