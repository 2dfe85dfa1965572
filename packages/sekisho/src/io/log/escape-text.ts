// Controls (ESC and the C1 set among them), invisible and bidirectional format characters, line and
// paragraph separators, lone surrogates, private and unassigned code points.
const UNSAFE = /[\\\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu;

const SHORT: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

function escapeCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  return SHORT[character] ?? (code < 0x100 ? `\\x${hex.padStart(2, '0')}` : `\\u{${hex}}`);
}

/**
 * Makes text of others fit for one line of a terminal: whatever could move the cursor, change the
 * colour, reorder or hide letters is written as `\n`, `\x1b` or `\u{202e}`. A backslash is doubled, so
 * the original can be told from the escape.
 */
export function escapeText(text: string): string {
  return text.replace(UNSAFE, escapeCharacter);
}

/** The same for a sentence that quotes text escaped once already: its backslashes stay as they are. */
export function escapeSentence(text: string): string {
  return text.split('\\').map(escapeText).join('\\');
}

/** The same for text that is JSON already: the result is JSON that means the same. */
export function escapeJsonLine(json: string): string {
  return json.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu, (character) =>
    Array.from({ length: character.length }, (_, index) => {
      const hex = character.charCodeAt(index).toString(16);
      return `\\u${hex.padStart(4, '0')}`;
    }).join(''),
  );
}
