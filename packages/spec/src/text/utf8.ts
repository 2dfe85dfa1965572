/** The UTF-8 octets of a text, lone surrogates as U+FFFD; without `TextEncoder`, which is no part of the language. */
export function utf8(text: string): readonly number[] {
  return Array.from(text).flatMap((character) => encode(scalarValue(character)));
}

function scalarValue(character: string): number {
  const code = character.codePointAt(0) ?? 0;
  return code >= 0xd800 && code <= 0xdfff ? 0xfffd : code;
}

function encode(code: number): readonly number[] {
  if (code < 0x80) return [code];
  if (code < 0x800) return [0xc0 | (code >> 6), continuation(code)];
  if (code < 0x1_0000) return [0xe0 | (code >> 12), continuation(code >> 6), continuation(code)];
  return [
    0xf0 | (code >> 18),
    continuation(code >> 12),
    continuation(code >> 6),
    continuation(code),
  ];
}

function continuation(bits: number): number {
  return 0x80 | (bits & 0x3f);
}
