const DNS_PREFIX = 'DNS:';

/**
 * The dNSNames in the text that Node gives as a certificate's `subjectaltname`, such as
 * `DNS:example.com, IP Address:192.0.2.1`. Names with special characters come in JSON quotes and stay one name; a text
 * that does not end where its quotes say yields no name at all. RFC 8461 §3.3.
 *
 * @example
 * ```ts
 * import { parseSubjectAltName } from '@sekisho/spec';
 *
 * assert.deepEqual(parseSubjectAltName('DNS:a.example, IP Address:192.0.2.1, DNS:b.example'), ['a.example', 'b.example']);
 * assert.deepEqual(parseSubjectAltName('DNS:"a.example, DNS:b.example"'), ['a.example, DNS:b.example']);
 * assert.deepEqual(parseSubjectAltName(undefined), []);
 * ```
 */
export function parseSubjectAltName(text: string | undefined): readonly string[] {
  if (text === undefined || text === '') return [];
  const names: string[] = [];
  let at = 0;
  while (at < text.length) {
    const entry = readEntry(text, at);
    if (entry === undefined) return [];
    if (entry.dnsName !== undefined) names.push(entry.dnsName);
    if (entry.end < text.length && !text.startsWith(', ', entry.end)) return [];
    at = entry.end + 2;
  }
  return names;
}

interface Entry {
  readonly end: number;
  readonly dnsName?: string;
}

function readEntry(text: string, start: number): Entry | undefined {
  const comma = text.indexOf(', ', start);
  const end = comma === -1 ? text.length : comma;
  const quoted = text.indexOf('"', start);
  if (quoted !== -1 && quoted < end) return readQuotedEntry(text, start, quoted);
  if (!text.startsWith(DNS_PREFIX, start)) return { end };
  return { end, dnsName: text.slice(start + DNS_PREFIX.length, end) };
}

function readQuotedEntry(text: string, start: number, quoteAt: number): Entry | undefined {
  const end = closingQuote(text, quoteAt) + 1;
  if (end === 0) return undefined;
  if (text.slice(start, quoteAt) !== DNS_PREFIX) return { end };
  const dnsName = unquote(text.slice(quoteAt, end));
  return dnsName === undefined ? undefined : { end, dnsName };
}

function closingQuote(text: string, quoteAt: number): number {
  let at = quoteAt + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at < text.length ? at : -1;
}

function unquote(literal: string): string | undefined {
  try {
    const value: unknown = JSON.parse(literal);
    return typeof value === 'string' ? value : undefined;
  } catch {
    // Not a JSON string after all: the caller then trusts nothing of this text.
    return undefined;
  }
}
