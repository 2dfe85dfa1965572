import { X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** No post-quantum share: it costs a seventh of a handshake and a second packet, and a policy is public. */
const GROUPS = 'X25519:P-256:P-384:P-521';

/**
 * What every handshake of a client shares: the trust store, read once, and TLS 1.2 as the floor
 * (RFC 8461 §7.2).
 *
 * @param ca PEM texts that replace the default trust store (Mozilla's, as built into Node).
 * @throws TypeError when one of them holds no certificate or one that cannot be read.
 */
export function createTrust(ca?: readonly string[]): SecureContext {
  return createSecureContext({
    minVersion: 'TLSv1.2',
    ecdhCurve: GROUPS,
    ...(ca !== undefined && { ca: readCertificates(ca) }),
  });
}

/** Node passes over what it cannot read, and would then trust nobody without saying so. */
function readCertificates(texts: readonly string[]): string[] {
  const certificates = texts.flatMap((text) => text.match(PEM_CERTIFICATE) ?? [undefined]);
  try {
    const readable = certificates.map((pem) => new X509Certificate(pem ?? '').toString());
    if (readable.length > 0) return readable;
  } catch (cause) {
    throw new TypeError('Cannot use the CA certificates: must be PEM', { cause });
  }
  throw new TypeError('Cannot use the CA certificates: none is given');
}
