import type { Clock } from '../clock/index.ts';

/**
 * How the way to the mail server is protected.
 *
 * - `off`: not at all, for a server on the same machine.
 * - `opportunistic`: by STARTTLS where that works, whoever the server is; else in the clear.
 * - `required`: by STARTTLS with a valid certificate for the host.
 * - `implicit`: by TLS from the first byte (RFC 8314 §3), with such a certificate.
 */
export type MailTls = 'off' | 'opportunistic' | 'required' | 'implicit';

export interface SmtpMailOutOptions {
  readonly clock: Clock;
  /** The operator's mail server; the system looks the name up. */
  readonly host: string;
  readonly port: number;
  readonly tls: MailTls;
  /** PEM certificates that replace the default trust store. */
  readonly ca?: readonly string[];
  /** What EHLO says: the name of this host. */
  readonly ehloName: string;
  readonly login?: { readonly user: string; readonly password: string };
  /** For each of: connecting, the greeting with TLS, signing in, the message; default 300,000 (RFC 5321 §4.5.3.2). */
  readonly timeoutMs?: number;
  /** For the reply to the whole message; default 600,000 (RFC 5321 §4.5.3.2). */
  readonly replyTimeoutMs?: number;
}

const LOOPBACK = new Set(['localhost', '127.0.0.1', '::1']);

/** @throws TypeError when a password would go over a connection that others may read or answer. */
export function assertLoginIsSafe({ login, tls, host }: SmtpMailOutOptions): void {
  const isSafe = tls === 'required' || tls === 'implicit' || LOOPBACK.has(host);
  if (login !== undefined && !isSafe)
    throw new TypeError(
      `Cannot sign in to the mail server with TLS "${tls}": must be "required" or "implicit"`,
    );
}
