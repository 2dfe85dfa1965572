import { LONGEST_TEXT } from './limits.ts';

/** A reporter's text, as long as is kept, and as it will come back: half of a surrogate pair would not. */
export function cutText(text: string): string {
  return Buffer.from(text.slice(0, LONGEST_TEXT)).toString();
}
