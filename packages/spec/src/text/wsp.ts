// Loops, not `/[ \t]+$/`: on a long run of blanks inside a text that expression takes quadratic time.

/** Whether a UTF-16 unit is SP or HTAB, the WSP of RFC 5234. */
export function isWsp(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/** The text without SP and HTAB at its end. */
export function trimWspEnd(text: string): string {
  let end = text.length;
  while (end > 0 && isWsp(text.charCodeAt(end - 1))) end -= 1;
  return text.slice(0, end);
}

/** The text without SP and HTAB at its start. */
export function trimWspStart(text: string): string {
  let start = 0;
  while (start < text.length && isWsp(text.charCodeAt(start))) start += 1;
  return text.slice(start);
}
