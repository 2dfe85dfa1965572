import { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import { connect, createSecureContext, type SecureContext, type TLSSocket } from 'node:tls';
import { type Domain, isCertificateFor, parseSubjectAltName } from '@sekisho/spec';
import type { Attempt } from './attempt.ts';
import { FetchFault, toPrintable, toSocketFault } from './fetch-fault.ts';
import type { FetchFailureCode, SeenCertificate } from './policy-client.ts';

const WRONG_NAME = 'ERR_TLS_CERT_ALTNAME_INVALID';

/**
 * Performs TLS with a policy host and authenticates it (RFC 8461 §3.3): a chain to a trusted root, a
 * certificate in its time, and a dNSName for the host. Nothing is written before that.
 *
 * @throws FetchFault for whatever prevents it; what was seen of the certificate is noted nevertheless.
 */
export async function secure(
  socket: Socket,
  host: Domain,
  trust: SecureContext,
  attempt: Attempt,
): Promise<TLSSocket> {
  attempt.stage = 'tls';
  const tls: TLSSocket = attempt.hold(
    connect({
      socket,
      servername: host,
      secureContext: trust,
      minVersion: 'TLSv1.2',
      ALPNProtocols: ['http/1.1'],
      checkServerIdentity: () => judgeIdentity(tls, host, attempt),
      // Node would destroy the socket, and with it the certificate that explains the failure.
      // The verdict is asked for below, in the same turn, before a byte of HTTP.
      rejectUnauthorized: false,
    }),
  );
  skipLegacyCertificate(tls);
  await secured(tls);
  attempt.tlsVersion = tls.getProtocol() ?? 'unknown';
  if (!tls.authorized) {
    if (attempt.certificate === undefined) noteCertificate(tls.getPeerX509Certificate(), attempt);
    tls.destroy();
    throw toCertificateFault(String(tls.authorizationError), host, attempt);
  }
  return tls;
}

/**
 * Node makes objects of the whole chain for `checkServerIdentity`, a tenth of what a fetch costs, and ours does not
 * look at them. Were Node to ask in another way one day, it would only take longer again.
 */
function skipLegacyCertificate(tls: TLSSocket): void {
  Object.assign(tls, { getPeerCertificate: () => ({}) });
}

function secured(tls: TLSSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    // Stays for the life of the socket: an error after the handshake would otherwise end the process.
    tls.on('error', (error) => reject(toSocketFault(error)));
    tls.once('secureConnect', resolve);
  });
}

/**
 * RFC 8461 §3.3: dNSName only, no Common Name, `*` as the whole left-most label; Node's own rule is laxer.
 * Asked only for a certificate whose chain is trusted.
 */
function judgeIdentity(tls: TLSSocket, host: Domain, attempt: Attempt): Error | undefined {
  const certificate = tls.getPeerX509Certificate();
  noteCertificate(certificate, attempt);
  if (isCertificateFor(parseSubjectAltName(certificate?.subjectAltName), host)) return undefined;
  return Object.assign(new Error('no dNSName for the policy host'), { code: WRONG_NAME });
}

function noteCertificate(certificate: X509Certificate | undefined, attempt: Attempt): void {
  if (certificate !== undefined) attempt.certificate = toSeenCertificate(certificate);
}

const CERTIFICATE_FAULTS: Readonly<Record<string, FetchFailureCode>> = {
  CERT_HAS_EXPIRED: 'tls-certificate-expired',
  CERT_NOT_YET_VALID: 'tls-certificate-not-yet-valid',
  [WRONG_NAME]: 'tls-certificate-name',
};

function toCertificateFault(reason: string, host: Domain, { certificate }: Attempt): FetchFault {
  const code = CERTIFICATE_FAULTS[reason] ?? 'tls-certificate-not-trusted';
  return new FetchFault(code, describe(code, host, certificate?.dnsNames ?? [], reason), reason);
}

function describe(
  code: FetchFailureCode,
  host: Domain,
  dnsNames: readonly string[],
  reason: string,
): string {
  if (code !== 'tls-certificate-name') {
    return `certificate of the policy host is not valid: ${reason} (RFC 8461 §3.3)`;
  }
  const names = dnsNames.length === 0 ? 'no DNS name' : toPrintable(dnsNames.join(', '));
  return `certificate is for ${names}, must be for ${host} (RFC 8461 §3.3)`;
}

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
