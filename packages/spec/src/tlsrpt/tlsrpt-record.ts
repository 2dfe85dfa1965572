import type { Domain } from '../text/domain.ts';
import type { Extension } from '../text/extension.ts';

/** A TLSRPT TXT record (RFC 8460 §3). */
export interface TlsrptRecord {
  /** Where reports go: URIs of the schemes `mailto` and `https`, in the order of the record; at least one. */
  readonly rua: readonly string[];
  /** Unknown fields in the order of the record, the first of each name. */
  readonly extensions: readonly Extension[];
}

/** What a TLSRPT record's text can show. */
export type TlsrptRecordIssueCode =
  | 'record-version' // does not begin with the field v=TLSRPTv1
  | 'record-characters' // controls or octets outside US-ASCII
  | 'record-space-before-delimiter' // tolerated: blanks before the first semicolon
  | 'record-trailing-space' // tolerated: blanks at the end without a semicolon
  | 'field-empty' // two semicolons in a row
  | 'field-syntax' // not name=value
  | 'field-value' // empty, or characters that no value may have
  | 'field-duplicate' // warning: of rua all count, of any other field the first one
  | 'field-unknown' // notice
  | 'rua-missing'
  | 'rua-uri' // tolerated: one of the URIs cannot be used, and is passed over
  | 'rua-scheme' // tolerated: neither mailto nor https, and is passed over
  | 'rua-unusable' // no URI is left
  | 'issues-omitted'; // notice: there are more than are listed

/**
 * The name that holds a domain's TLSRPT record; not a `Domain`, for its underscores. RFC 8460 §3.
 *
 * @example
 * ```ts
 * import { parseDomain, tlsrptRecordName } from '@sekisho/spec';
 *
 * const domain = parseDomain('example.com');
 * assert(domain.ok);
 * assert.equal(tlsrptRecordName(domain.value), '_smtp._tls.example.com');
 * ```
 */
export function tlsrptRecordName(policyDomain: Domain): string {
  return `_smtp._tls.${policyDomain}`;
}
