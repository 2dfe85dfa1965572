import type { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import { connect, type SecureContext, type TLSSocket } from 'node:tls';
import { type Domain, isCertificateFor, parseSubjectAltName } from '@sekisho/spec';
import type { Attempt } from './attempt.ts';
import { FetchFault } from './fetch-fault.ts';
import type { FetchFailureCode } from './policy-client.ts';
import { toPrintable } from './printable.ts';
import { toSeenCertificate } from './seen-certificate.ts';
import { toSocketFault } from './socket-fault.ts';

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
