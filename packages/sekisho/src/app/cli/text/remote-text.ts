import { escapeSentence, escapeText } from '../../../io/log/index.ts';

/** Text of others, in quotes and cut to a length. */
export function quoteRemote(text: string, most = 200): string {
  const cut = text.length > most;
  return `"${escapeText(text.slice(0, most)).replaceAll('"', '\\"')}"${cut ? '…' : ''}`;
}

/** Text of others without quotes, cut to a length. */
export function showRemote(text: string, most = 200): string {
  return `${escapeText(text.slice(0, most))}${text.length > most ? '…' : ''}`;
}

/** A sentence of ours that may quote text of others, escaped once already: its backslashes stay as they are. */
export const showSentence = escapeSentence;
