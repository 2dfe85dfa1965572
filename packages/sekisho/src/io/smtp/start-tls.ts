import type { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import { connect, type SecureContext, type TLSSocket } from 'node:tls';
import { type Domain, isCertificateFor, parseSubjectAltName } from '@sekisho/spec';
import type { Clock } from '../clock/index.ts';
import {
  type SeenCertificate,
  toPrintable,
  toSeenCertificate,
  toSocketFault,
} from '../https/index.ts';
import { ProbeFault, within } from './probe-fault.ts';

const WRONG_NAME = 'ERR_TLS_CERT_ALTNAME_INVALID';

/** A TLS session with an MX host, authenticated or not. */
export interface Secured {
  readonly tls: TLSSocket;
  readonly version: string;
  readonly cipher: string;
  readonly certificate?: SeenCertificate;
  /** What a sender in `enforce` would refuse it for. */
  readonly fault?: ProbeFault;
}

interface Expectation {
  readonly mxHost: Domain;
  readonly trust: SecureContext;
  readonly clock: Clock;
  readonly timeoutMs: number;
}

/**
 * Performs TLS from 1.2 on (RFC 8461 §7.2) with the MX host's name as SNI (RFC 8461 §7.1), and judges the certificate:
 * chain, time, and a dNSName for the MX host itself (RFC 8461 §4.2).
 *
 * @throws ProbeFault `tls-too-old`, `tls-failed` or `timeout` when there is no session.
 */
export async function startTls(socket: Socket, expected: Expectation): Promise<Secured> {
  const { mxHost, trust, clock, timeoutMs } = expected;
  let peer: X509Certificate | undefined;
  const tls: TLSSocket = connect({
    socket,
    servername: mxHost,
    secureContext: trust,
    minVersion: 'TLSv1.2',
    checkServerIdentity: () => {
      peer = tls.getPeerX509Certificate();
      return judgeIdentity(peer, mxHost);
    },
    // The certificate that explains a failure is lost with the socket: the verdict is asked for below.
    rejectUnauthorized: false,
  });
  await within(clock, timeoutMs, `no TLS session in ${timeoutMs} ms`, secured(tls));
  // Where the chain is not trusted, nobody asked for the identity; Node gives the certificate once.
  peer ??= tls.getPeerX509Certificate();
  const certificate = peer === undefined ? undefined : toSeenCertificate(peer);
  const found = {
    tls,
    version: tls.getProtocol() ?? 'unknown',
    cipher: tls.getCipher().name,
    ...(certificate !== undefined && { certificate }),
  };
  if (tls.authorized) return found;
  const reason = String(tls.authorizationError);
  return { ...found, fault: toCertificateFault(reason, mxHost, certificate) };
}

function secured(tls: TLSSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    tls.on('error', (error) => reject(toTlsFault(error)));
    tls.once('secureConnect', resolve);
  });
}

function toTlsFault(error: unknown): ProbeFault {
  const { code, message } = toSocketFault(error);
  return new ProbeFault(code === 'tls-version' ? 'tls-too-old' : 'tls-failed', message);
}

/** Asked only for a certificate whose chain is trusted. */
function judgeIdentity(peer: X509Certificate | undefined, mxHost: Domain): Error | undefined {
  const names = parseSubjectAltName(peer?.subjectAltName);
  if (isCertificateFor(names, mxHost)) return undefined;
  return Object.assign(new Error('no dNSName for the MX host'), { code: WRONG_NAME });
}

function toCertificateFault(
  reason: string,
  mxHost: Domain,
  certificate: SeenCertificate | undefined,
): ProbeFault {
  switch (reason) {
    case 'CERT_HAS_EXPIRED':
      return new ProbeFault('certificate-expired', describeTime(reason, certificate));
    case 'CERT_NOT_YET_VALID':
      return new ProbeFault('certificate-not-yet-valid', describeTime(reason, certificate));
    case WRONG_NAME:
      return new ProbeFault('certificate-name-mismatch', describeNames(mxHost, certificate));
    default:
      return new ProbeFault('certificate-untrusted', describeIssuer(reason, certificate));
  }
}

function describeTime(reason: string, certificate: SeenCertificate | undefined): string {
  if (certificate === undefined) return reason;
  const [from, to] = [certificate.notBeforeMs, certificate.notAfterMs].map(formatInstant);
  return `certificate is valid from ${from} to ${to}: ${reason}`;
}

function formatInstant(ms: number): string {
  return Number.isNaN(ms) ? 'an unknown time' : new Date(ms).toISOString();
}

function describeNames(mxHost: Domain, certificate: SeenCertificate | undefined): string {
  const names = toPrintable(certificate?.dnsNames.join(', ') ?? '');
  return `certificate is for ${names === '' ? 'no DNS name' : names}, must be for ${mxHost}`;
}

function describeIssuer(reason: string, certificate: SeenCertificate | undefined): string {
  return certificate === undefined
    ? reason
    : `certificate by "${certificate.issuer}" is not trusted: ${reason}`;
}
