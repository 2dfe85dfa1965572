/**
 * Breaks a text into lines at its spaces; a longer word stays whole. The first line begins with `first`, the others with
 * as many spaces as `indent` says.
 */
export function wrapText(text: string, width: number, first: string, indent: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && indent + longer.length > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line].map((each, index) =>
    index === 0 ? `${first}${each}` : `${' '.repeat(indent)}${each}`,
  );
}
