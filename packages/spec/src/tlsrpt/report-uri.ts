/** What a URI of a TLSRPT record is good for. */
export type ReportUriFault = 'syntax' | 'scheme';

/** Characters of RFC 3986 §2, without those that a record gives another meaning, and `%` only before two digits. */
const URI = /^([A-Za-z][A-Za-z0-9+.-]*):((?:[A-Za-z0-9\-._~:/?#[\]@$&'()*+=]|%[0-9A-Fa-f]{2})+)$/;
const MAILTO = /^[^@?#]+@[^@?#]+(?:\?[^#]*)?$/;
const HTTPS = /^\/\/[^/?#@]+(?:[/?][^#]*)?$/;

/** Why no report can go to a URI, or `undefined` if one can. RFC 8460 §3. */
export function findReportUriFault(text: string): ReportUriFault | undefined {
  const [, scheme = '', rest = ''] = URI.exec(text) ?? [];
  switch (scheme.toLowerCase()) {
    case '':
      return 'syntax';
    case 'mailto':
      return MAILTO.test(rest) ? undefined : 'syntax';
    case 'https':
      return HTTPS.test(rest) ? undefined : 'syntax';
    default:
      return 'scheme';
  }
}
