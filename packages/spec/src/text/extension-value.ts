/**
 * Whether a text is the value of an extension in a policy: not empty, blanks only inside and only SP, no controls, no
 * lone surrogates (they have no UTF-8). RFC 8461 §3.2.
 */
export function isExtensionValue(text: string): boolean {
  if (text === '' || text.startsWith(' ') || text.endsWith(' ')) return false;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x20 || code === 0x7f || (code >= 0xd800 && code <= 0xdfff)) return false;
  }
  return true;
}
