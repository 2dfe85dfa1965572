import { createPublicKey, type KeyObject, sign } from 'node:crypto';
import { der } from './der.ts';

const EXTENSION_REQUEST = '1.2.840.113549.1.9.14';

/** `ecdsa-with-SHA256`; what all our signatures are. */
export const ECDSA_WITH_SHA256 = der.sequence(der.oid('1.2.840.10045.4.3.2'));

/** The extension `subjectAltName` with one dNSName (RFC 5280 §4.2.1.6). */
export function subjectAltName(hostName: string): Buffer {
  const name = der.implicit(2, Buffer.from(hostName, 'latin1'));
  return der.sequence(der.oid('2.5.29.17'), der.octets(der.sequence(name)));
}

/**
 * A certificate request (RFC 2986) for one host name, signed by the key that the certificate will be for: the name
 * stands in `subjectAltName` alone, the subject is empty (RFC 8555 §7.4).
 *
 * @param hostName A-labels.
 * @param key private, EC P-256.
 * @returns DER.
 */
export function createCertificateRequest(hostName: string, key: KeyObject): Buffer {
  const extensions = der.sequence(subjectAltName(hostName));
  const information = der.sequence(
    der.integer(Buffer.from([0])),
    der.sequence(),
    createPublicKey(key).export({ type: 'spki', format: 'der' }),
    der.context(0, der.sequence(der.oid(EXTENSION_REQUEST), der.set(extensions))),
  );
  const signature = sign('sha256', information, key);
  return der.sequence(information, ECDSA_WITH_SHA256, der.bits(signature));
}
