import type { PeerCertificate } from 'node:tls';
import { parseSubjectAltName } from '@sekisho/spec';
import type { SeenCertificate } from './policy-client.ts';
import { toPrintable } from './printable.ts';

/** Names beyond these are left out of what is shown and kept; identity is judged on all of them. */
const MOST_NAMES = 100;

/** Reduces a peer's certificate to what explains a fetch; undefined where the peer sent none. */
export function toSeenCertificate(certificate: PeerCertificate): SeenCertificate | undefined {
  if (certificate.valid_to === undefined) return undefined;
  return {
    dnsNames: parseSubjectAltName(certificate.subjectaltname).slice(0, MOST_NAMES).map(toPrintable),
    issuer: toPrintable(distinguishedName(certificate.issuer)),
    notBeforeMs: Date.parse(certificate.valid_from),
    notAfterMs: Date.parse(certificate.valid_to),
  };
}

function distinguishedName(name: Partial<PeerCertificate['issuer']> | undefined): string {
  return Object.entries(name ?? {})
    .map(([attribute, value]) => `${attribute}=${[value].flat().join('+')}`)
    .join(', ');
}
