import { quote } from './quote.ts';
import type { Issue } from './result.ts';

/** What can be wrong with a domain name. */
export type DomainIssueCode =
  | 'domain-empty'
  | 'domain-too-long' // more than 253 octets
  | 'domain-numeric' // the last label is a number, as in an IPv4 address
  | 'domain-not-ascii' // U-labels, where A-labels are required
  | 'domain-idn-invalid' // U-labels that UTS 46 refuses
  | 'domain-address-literal'
  | 'label-empty'
  | 'label-too-long' // more than 63 octets
  | 'label-characters'
  | 'label-hyphen'; // a hyphen at the start or the end

/** Longest domain name, in octets. RFC 1035 §2.3.4. */
export const MAX_DOMAIN_OCTETS = 253;
/** Longest label, in octets. RFC 1035 §2.3.4. */
export const MAX_LABEL_OCTETS = 63;

/** Half a sentence for each code: the state found, and the one required. */
export const DOMAIN_FAULTS: Readonly<Record<DomainIssueCode, string>> = {
  'domain-empty': 'it is empty, must have at least one label',
  'domain-too-long': `it is too long, must have at most ${MAX_DOMAIN_OCTETS} octets`,
  'domain-numeric': 'its last label is a number, must not look like an IPv4 address',
  'domain-not-ascii': 'it holds characters outside ASCII, must be written in A-labels (xn--...)',
  'domain-idn-invalid': 'it is no valid internationalised name (UTS 46)',
  'domain-address-literal': 'it is an address literal, must be a name',
  'label-empty': 'a label is empty, must have at least one character',
  'label-too-long': `a label is too long, must have at most ${MAX_LABEL_OCTETS} octets`,
  'label-characters': 'a label holds other characters than letters, digits and hyphens',
  'label-hyphen': 'a label begins or ends with a hyphen',
};

/** The issue for a name given on its own. */
export function domainIssue(code: DomainIssueCode, text: string): Issue<DomainIssueCode> {
  const ref = 'RFC 5321 §4.1.2';
  const message = `Cannot read domain ${quote(text)}: ${DOMAIN_FAULTS[code]} (${ref})`;
  return { code, severity: 'error', message, ref };
}
