import type { AcmeFailure, AcmeFailureCode, AcmeResult } from './acme-client.ts';

/** Carries a closed failure code from the step that failed to the border of the client, which turns it into a value. */
export class AcmeFault extends Error {
  override readonly name = 'AcmeFault';
  readonly code: AcmeFailureCode;
  readonly retryAfterMs: number | undefined;

  /** @param message what was seen; text of the authority in it is escaped already. */
  constructor(code: AcmeFailureCode, message: string, retryAfterMs?: number) {
    super(message);
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}

/**
 * Runs a call and gives its outcome as a value.
 *
 * @throws whatever is not an `AcmeFault`: an error of ours, not of the authority.
 */
export async function toAcmeResult<T>(run: () => Promise<T>): Promise<AcmeResult<T>> {
  try {
    return { kind: 'done', value: await run() };
  } catch (error) {
    if (!(error instanceof AcmeFault)) throw error;
    return toFailure(error);
  }
}

function toFailure({ code, message, retryAfterMs }: AcmeFault): AcmeFailure {
  return { kind: 'failure', code, message, ...(retryAfterMs !== undefined && { retryAfterMs }) };
}
