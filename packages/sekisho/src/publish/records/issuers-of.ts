/** Names in CAA records, as the authorities' own documentation gives them, by the host of the ACME directory. */
const ISSUERS: ReadonlyMap<string, readonly string[]> = new Map([
  ['acme-v02.api.letsencrypt.org', ['letsencrypt.org']],
  ['acme-staging-v02.api.letsencrypt.org', ['letsencrypt.org']],
  ['dv.acme-v02.api.pki.goog', ['pki.goog']],
  ['acme.zerossl.com', ['sectigo.com', 'zerossl.com']],
  ['acme.sectigo.com', ['sectigo.com']],
  ['acme.ssl.com', ['ssl.com']],
  ['api.buypass.com', ['buypass.com']],
]);

/** The names that a CAA record may have for the certificate authority of an ACME directory; empty if not known. */
export function issuersOf(directoryUrl: string): readonly string[] {
  const url = URL.parse(directoryUrl);
  return (url === null ? undefined : ISSUERS.get(url.hostname)) ?? [];
}
