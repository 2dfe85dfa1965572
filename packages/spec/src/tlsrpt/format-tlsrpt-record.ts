import { type Extension, isFieldName, isRecordValue } from '../text/extension.ts';
import { quote } from '../text/quote.ts';
import { findReportUriFault } from './report-uri.ts';

/**
 * Writes a record in the form that every reader accepts; `,`, `!` and `;` within a URI are percent-encoded, as they
 * must be. RFC 8460 §3.
 *
 * @throws TypeError if there is no URI, one is neither `mailto` nor `https`, or an extension cannot be written.
 * @example
 * ```ts
 * import { formatTlsrptRecord } from '@sekisho/spec';
 *
 * const record = formatTlsrptRecord({ rua: ['mailto:tls@example.com', 'https://example.com/tls'] });
 * assert.equal(record, 'v=TLSRPTv1; rua=mailto:tls@example.com,https://example.com/tls;');
 * ```
 */
export function formatTlsrptRecord(record: {
  readonly rua: readonly string[];
  readonly extensions?: readonly Extension[];
}): string {
  const { rua, extensions = [] } = record;
  if (rua.length === 0) throw refusal('no URI', 'one at least');
  const uris = rua.map((uri) => uri.replaceAll(/[,!;]/g, encodeCharacter));
  for (const uri of uris) {
    if (findReportUriFault(uri) !== undefined) {
      throw refusal(`URI ${quote(uri)}`, 'mailto:local@domain or https://host/path');
    }
  }
  const names = new Set(['v', 'rua']);
  for (const { name, value } of extensions) {
    if (!isFieldName(name) || !isRecordValue(value) || names.has(name)) {
      const allowed = 'a new name, and visible characters without = and ;';
      throw refusal(`field ${quote(`${name}=${value}`)}`, allowed);
    }
    names.add(name);
  }
  return [
    'v=TLSRPTv1;',
    `rua=${uris.join(',')};`,
    ...extensions.map(({ name, value }) => `${name}=${value};`),
  ].join(' ');
}

function encodeCharacter(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}

function refusal(given: string, allowed: string): TypeError {
  return new TypeError(`Cannot write ${given}: must be ${allowed} (RFC 8460 §3)`);
}
