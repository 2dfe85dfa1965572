import { quoteRemote, showRemote, showSentence } from '../text/remote-text.ts';
import type { Paint } from '../text/style.ts';
import type { DnsOutcome, RecordStep } from './explanation.ts';
import { renderIssue } from './render-issues.ts';
import type { PlainStyle } from '../text/style.ts';

const MOST_TEXTS = 20;

/** How the DNS answered, in one line, and the aliases on the way. */
export function renderDns(dns: DnsOutcome, paint: Paint): string[] {
  if (dns.kind === 'failure') return [paint.bad(`${dns.code}: ${showSentence(dns.message)}`)];
  const validated = dns.authenticated ? 'validated by DNSSEC (AD)' : 'not validated (no AD)';
  const ttl = dns.ttlSeconds === undefined ? '' : `, TTL ${String(dns.ttlSeconds)} s`;
  const aliases = dns.cnames.map((name) => `by CNAME to ${showRemote(name)}`);
  return [`${dns.rcode}, ${validated}${ttl}, from ${dns.server}`, ...aliases];
}

/** Octets beyond ASCII have no meaning here: they are shown as such, not as letters. */
function quoteOctets(text: string): string {
  return quoteRemote(text, 400).replace(
    /[\x80-\xff]/gu,
    (octet) => `\\x${octet.charCodeAt(0).toString(16)}`,
  );
}

const SELECTIONS: Readonly<Record<RecordStep['selection'], string>> = {
  record: '',
  none: 'no record announces a policy (RFC 8461 §3.1)',
  multiple: 'more than one record announces a policy, which counts as none (RFC 8461 §3.1)',
  invalid: 'the record is not valid, which counts as none (RFC 8461 §3.1)',
  unavailable: '',
};

/** The step about the TXT records. */
export function renderRecord(step: RecordStep, { paint }: PlainStyle): string[] {
  const { name, dns, texts, selection, selectedText, id, issues, durationMs } = step;
  const shown = texts
    .slice(0, MOST_TEXTS)
    .map((text) => (text === selectedText ? quoteOctets(text) : paint.dim(quoteOctets(text))));
  const rest = texts.length - shown.length;
  const verdict = SELECTIONS[selection];
  return [
    `${name} TXT ${paint.dim(`in ${String(durationMs)} ms`)}`,
    ...renderDns(dns, paint),
    ...shown,
    ...(rest > 0 ? [`… and ${String(rest)} more`] : []),
    ...issues.slice(0, MOST_TEXTS).map((issue) => renderIssue(issue, paint)),
    ...(id === undefined ? [] : [paint.good(`the id is ${id}`)]),
    ...(verdict === '' ? [] : [selection === 'none' ? verdict : paint.bad(verdict)]),
  ];
}
