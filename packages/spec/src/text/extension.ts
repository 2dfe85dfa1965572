/** A field that RFC 8461 does not define, kept as published (RFC 8461 §3.1, §3.2). */
export interface Extension {
  readonly name: string;
  readonly value: string;
}

/** Whether a text is a field name: 1 to 32 letters, digits, `_`, `-`, `.`, the first a letter or digit. RFC 8461 §3.1, §3.2. */
export function isFieldName(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$/.test(text);
}
