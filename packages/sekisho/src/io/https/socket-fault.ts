import { FetchFault } from './fetch-fault.ts';

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
