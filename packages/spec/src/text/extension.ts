/** A field that RFC 8461 does not define, kept as published (RFC 8461 §3.1, §3.2). */
export interface Extension {
  readonly name: string;
  readonly value: string;
}

/** Whether a text is a field name: 1 to 32 letters, digits, `_`, `-`, `.`, the first a letter or digit. RFC 8461 §3.1, §3.2. */
export function isFieldName(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$/.test(text);
}

/** Whether a text can be the value of an extension in a record: visible ASCII without `=` and `;`. RFC 8461 §3.1. */
export function isRecordValue(text: string): boolean {
  return /^[\x21-\x3a\x3c\x3e-\x7e]+$/.test(text);
}

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
