const LONGEST = 200;

/** Remote text for messages and traces: printable ASCII, the rest as `?`, 200 characters at most. */
export function toPrintable(text: string): string {
  const plain = text.slice(0, LONGEST).replaceAll(/[^\x20-\x7e]/g, '?');
  return text.length > LONGEST ? `${plain}...` : plain;
}
