import { escapeText } from '../../io/log/index.ts';

const LONGEST = 160;

/** A reporter's text, made fit for a sentence. */
export function showText(text: string): string {
  return escapeText(text.length > LONGEST ? `${text.slice(0, LONGEST)} …` : text);
}
