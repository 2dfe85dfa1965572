import { isUtf8 } from 'node:buffer';
import { escapeText } from '../../../io/log/index.ts';
import type { Output } from '../cli-context.ts';

/** Writes what others wrote: as it is, but on a terminal, which it could give orders to, with controls escaped. */
export function writeRaw(output: Output, bytes: Uint8Array): void {
  const text = Buffer.from(bytes).toString(isUtf8(bytes) ? 'utf8' : 'latin1');
  if (output.isTTY !== true) {
    output.write(text);
    return;
  }
  const lines = text.trimEnd().split(/\r?\n/u);
  output.write(`${lines.map(escapeText).join('\n')}\n`);
}
