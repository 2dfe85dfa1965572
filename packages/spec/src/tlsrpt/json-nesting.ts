/** Whether a JSON text nests arrays and objects at most `deepest` levels; one pass, no recursion. */
export function isNestedAtMost(text: string, deepest: number): boolean {
  let depth = 0;
  let isInText = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (isInText) {
      if (character === '\\') at += 1;
      else if (character === '"') isInText = false;
    } else if (character === '"') isInText = true;
    else if (character === '{' || character === '[') {
      depth += 1;
      if (depth > deepest) return false;
    } else if (character === '}' || character === ']') depth -= 1;
  }
  return true;
}
