import { type LoggedFailure, type Peer, withReason } from './smtp-event.ts';

/** A failure told in the words of a delivery status, and of whom. */
export interface TextVerdict {
  /** Undefined where the words name nobody: then it is the host just spoken to. */
  readonly peer?: Peer;
  readonly failure: LoggedFailure;
  /** Whether TLS had come about before: the session is known already. */
  readonly isAfterHandshake: boolean;
}

const HOST = /\bhost ([^\s[\]]{1,255})\[([0-9A-Fa-f:.]{2,45})\]/;

/**
 * What the text of a failed delivery says about TLS, in the words of Postfix 3.4 to 3.9; undefined if it failed
 * otherwise, or for a reason of our own end. RFC 8460 §4.3.1.
 *
 * @param certificate what was found wrong with the certificate just before.
 */
export function judgeText(
  text: string,
  certificate: LoggedFailure | undefined,
): TextVerdict | undefined {
  if (text.startsWith('TLS is required, but was not offered'))
    return { ...named(text), failure: withReason('starttls-not-supported', undefined), ...before };
  if (/^TLS is required, but host \S+ refused to start TLS/.test(text))
    return {
      ...named(text),
      failure: withReason('validation-failure', 'starttls-refused'),
      ...before,
    };
  if (text.startsWith('Cannot start TLS: handshake failure'))
    return { failure: withReason('validation-failure', 'tls-handshake-failure'), ...before };
  if (text.startsWith('Server certificate not trusted')) {
    const failure = certificate ?? withReason('certificate-not-trusted', 'untrusted');
    return { failure, isAfterHandshake: true };
  }
  if (text.startsWith('Server certificate not verified'))
    return { failure: withReason('certificate-host-mismatch', undefined), isAfterHandshake: true };
  return undefined;
}

const before = { isAfterHandshake: false } as const;

function named(text: string): { readonly peer?: Peer } {
  const [, host, ip] = HOST.exec(text) ?? [];
  return host === undefined || ip === undefined ? {} : { peer: { host, ip } };
}
