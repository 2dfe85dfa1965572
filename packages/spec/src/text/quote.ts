const LONGEST = 80;

/**
 * Remote text made fit for one line of a message: printable ASCII stays, the rest is escaped, 80 characters at most.
 *
 * @example
 * ```ts
 * import { quote } from '@sekisho/spec';
 *
 * assert.equal(quote('mx.example\u001b[31m'), '"mx.example\\u{1b}[31m"');
 * ```
 */
export function quote(text: string): string {
  const shown = text.slice(0, LONGEST).replace(/[^\x20\x21\x23-\x5b\x5d-\x7e]/gu, escapeCharacter);
  return text.length > LONGEST ? `"${shown}" (cut)` : `"${shown}"`;
}

function escapeCharacter(character: string): string {
  if (character === '"' || character === '\\') return `\\${character}`;
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
