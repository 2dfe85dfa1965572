/** Reduces remote text to printable ASCII of at most `maxLength` characters, so that it is safe in a log line. */
export function printable(text: string, maxLength: number): string {
  const ascii = text.replaceAll(/[^\x20-\x7e]/g, '?');
  return ascii.length > maxLength ? `${ascii.slice(0, maxLength)}...` : ascii;
}
