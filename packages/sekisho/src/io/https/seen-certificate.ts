import type { X509Certificate } from 'node:crypto';
import { parseSubjectAltName } from '@sekisho/spec';
import type { SeenCertificate } from './policy-client.ts';
import { toPrintable } from './printable.ts';

/** Names beyond these are left out of what is shown and kept; identity is judged on all of them. */
const MOST_NAMES = 100;

/** Reduces a peer's certificate to what explains a fetch. */
export function toSeenCertificate(certificate: X509Certificate): SeenCertificate {
  return {
    dnsNames: parseSubjectAltName(certificate.subjectAltName).slice(0, MOST_NAMES).map(toPrintable),
    issuer: toPrintable(certificate.issuer.replaceAll('\n', ', ')),
    notBeforeMs: Date.parse(certificate.validFrom),
    notAfterMs: Date.parse(certificate.validTo),
  };
}
