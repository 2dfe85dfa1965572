import type { Domain } from '@sekisho/spec';
import type { FetchFailureCode, FetchTrace, PolicyFetch } from './policy-client.ts';

/** Carries a closed failure code from the step that failed to the client, which turns it into a value. */
export class FetchFault extends Error {
  override readonly name = 'FetchFault';
  readonly code: FetchFailureCode;
  /** The OpenSSL reason or Node error code. */
  readonly reason: string | undefined;

  /** @param message what was seen and what must be; printable ASCII. Follows `Cannot fetch policy of "…":`. */
  constructor(code: FetchFailureCode, message: string, reason?: string) {
    super(message);
    this.code = code;
    this.reason = reason;
  }
}

/** The version negotiated by a peer that knows nothing newer than TLS 1.1, or its refusal of 1.2. */
const OLD_VERSION = /UNSUPPORTED_PROTOCOL|ALERT_PROTOCOL_VERSION|VERSION_TOO_LOW/;

/** Names what ended a connection, whichever step noticed: sockets, TLS and the HTTP parser fail alike here. */
export function toSocketFault(error: unknown): FetchFault {
  if (error instanceof FetchFault) return error;
  const { code = 'UNKNOWN', reason, library } = error as NodeJS.ErrnoException & OpenSslDetails;
  if (code.startsWith('HPE_')) {
    const found = code === 'HPE_HEADER_OVERFLOW' ? 'headers are too long' : 'answer is not HTTP';
    return new FetchFault('http-malformed', found, code);
  }
  if (/^(?:ERR_SSL_|ERR_TLS_|EPROTO$)/.test(code) || library !== undefined) {
    return toTlsFault(openSslReason(code, reason));
  }
  if (code === 'ECONNREFUSED') {
    return new FetchFault('connect-refused', 'connection was refused', code);
  }
  if (code === 'ETIMEDOUT') return new FetchFault('connect-timeout', 'connection timed out', code);
  return new FetchFault('network', `connection was broken off or impossible: ${code}`, code);
}

interface OpenSslDetails {
  readonly reason?: string;
  readonly library?: string;
}

/** Node names some TLS failures `EPROTO` and keeps OpenSSL's words beside it; both become one spelling. */
function openSslReason(code: string, reason: string | undefined): string {
  if (code.startsWith('ERR_SSL_') || reason === undefined) return code;
  return `ERR_SSL_${reason.toUpperCase().replaceAll(' ', '_')}`;
}

function toTlsFault(reason: string): FetchFault {
  return OLD_VERSION.test(reason)
    ? new FetchFault(
        'tls-version',
        'server knows no TLS version from 1.2 on (RFC 8461 §7.2)',
        reason,
      )
    : new FetchFault('tls-handshake', `TLS failed with ${reason}`, reason);
}

const LONGEST = 200;

/** Remote text for messages and traces: printable ASCII, the rest as `?`, 200 characters at most. */
export function toPrintable(text: string): string {
  const plain = text.slice(0, LONGEST).replaceAll(/[^\x20-\x7e]/g, '?');
  return text.length > LONGEST ? `${plain}...` : plain;
}

type Failure = Extract<PolicyFetch, { kind: 'failure' }>;

const WEBPKI: ReadonlySet<FetchFailureCode> = new Set([
  'tls-certificate-expired',
  'tls-certificate-not-yet-valid',
  'tls-certificate-not-trusted',
  'tls-certificate-name',
]);

/** RFC 8460 §4.3.2.1: `sts-webpki-invalid` where the policy host could not be authenticated. */
function toResultType(code: FetchFailureCode): Failure['resultType'] {
  return WEBPKI.has(code) ? 'sts-webpki-invalid' : 'sts-policy-fetch-error';
}

/**
 * The failure as the port gives it.
 *
 * @throws whatever is not a `FetchFault`: an error of ours, not of the remote.
 */
export function toFailure(policyDomain: Domain, error: unknown, trace: FetchTrace): Failure {
  if (!(error instanceof FetchFault)) throw error;
  const { code, message, reason } = error;
  return {
    kind: 'failure',
    code,
    resultType: toResultType(code),
    message: `Cannot fetch policy of "${policyDomain}": ${message}`,
    ...(reason !== undefined && { reason }),
    trace,
  };
}
