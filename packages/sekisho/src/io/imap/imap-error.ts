import { quote } from '@sekisho/spec';
import { IoError } from '../error.ts';

/** What the library tells beside the message of an error. */
interface ImapFault {
  readonly code?: unknown;
  readonly authenticationFailed?: unknown;
  readonly responseStatus?: unknown;
  readonly responseText?: unknown;
  readonly tlsFailed?: unknown;
}

const TLS =
  /^(?:ERR_SSL_|ERR_TLS_|EPROTO$|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_MISMATCH|STARTTLS_INJECTION)/;

/**
 * Names what went wrong. The error's own message and cause are left out: they may hold the command, and with it the
 * password.
 */
export function toImapError(action: string, where: string, error: unknown): IoError {
  if (error instanceof IoError) return error;
  const { code, authenticationFailed, responseStatus, responseText, tlsFailed } =
    error as ImapFault;
  const name = typeof code === 'string' ? code : 'UNKNOWN';
  const said = typeof responseText === 'string' ? `server says ${quote(responseText)}` : name;
  const fail = (ours: string, reason: string, temporary: boolean): IoError =>
    new IoError(ours, `Cannot ${action} at ${where}: ${reason}`, { temporary });
  if (authenticationFailed === true) return fail('imap-login', `login was refused, ${said}`, false);
  if (tlsFailed === true || TLS.test(name)) return fail('imap-tls', `no TLS: ${name}`, false);
  if (responseStatus === 'NO' || responseStatus === 'BAD') return fail('imap-failed', said, false);
  return fail(action === 'connect' ? 'imap-unreachable' : 'imap-lost', name, true);
}
