import type { FetchFailureCode } from './policy-client.ts';

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
