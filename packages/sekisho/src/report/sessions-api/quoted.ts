import { escapeText } from '../../io/log/index.ts';

const LONGEST = 80;

/** Text of others in a message: escaped, and cut to 80 characters. */
export function quoted(text: string): string {
  const shown = `"${escapeText(text.slice(0, LONGEST))}"`;
  return text.length > LONGEST ? `${shown} (cut)` : shown;
}
