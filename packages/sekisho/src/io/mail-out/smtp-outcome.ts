import { toPrintable } from '../https/index.ts';
import type { MailHandOver } from './mail-out.ts';

/** What the library says of a failure. */
export interface SmtpFailure {
  readonly message: string;
  readonly code?: string;
  /** A system error below the library's own. */
  readonly originalCode?: string;
  /** The command that was answered; `CONN` before the first. */
  readonly command?: string;
  /** The reply, where there was one. */
  readonly response?: string;
  readonly responseCode?: number;
}

/** Replies that speak of how the client signs in (RFC 4954 §6): the operator can mend that. */
const ABOUT_CREDENTIALS = new Set([530, 534, 535, 538]);
const ABOUT_THE_MESSAGE = new Set(['MAIL FROM', 'RCPT TO', 'DATA']);

/**
 * Reads a failure (RFC 5321 §4.2.1). 5yz refuses only as an answer to the message and its envelope: before that it
 * tells of the set-up between us and the mail server, which may be mended.
 */
export function toOutcome(failure: SmtpFailure, isEnded: boolean): MailHandOver {
  const { responseCode = 0, command = '' } = failure;
  const problem = describe(failure);
  if (responseCode >= 400 && responseCode < 600) {
    const refuses =
      responseCode >= 500 && ABOUT_THE_MESSAGE.has(command) && !ABOUT_CREDENTIALS.has(responseCode);
    return { kind: refuses ? 'refused' : 'later', problem };
  }
  return { kind: isEnded ? 'unknown' : 'later', problem };
}

function describe({ message, code, originalCode, command, response }: SmtpFailure): string {
  if (response !== undefined) {
    const what = command === undefined || command === 'CONN' ? 'the connection' : command;
    return `mail server answered ${what} with "${toPrintable(response)}"`;
  }
  const cause = originalCode ?? code ?? 'UNKNOWN';
  return `mail server could not be used: ${toPrintable(message)} (${cause})`;
}
