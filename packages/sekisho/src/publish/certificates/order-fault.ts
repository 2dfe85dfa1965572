import type { AcmeFailure, AcmeResult } from '../../io/acme/index.ts';
import type { CertificateProblemCode } from './back-off.ts';

/** Carries what went wrong from a step of an order to the manager, which notes it. Never leaves this folder. */
export class OrderFault extends Error {
  override readonly name = 'OrderFault';
  readonly code: CertificateProblemCode;
  readonly retryAfterMs: number | undefined;

  /** @param message one sentence; text of others in it is escaped. */
  constructor(code: CertificateProblemCode, message: string, retryAfterMs?: number) {
    super(message);
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}

/** The value of a call that succeeded. @throws OrderFault for one that did not. */
export function demand<T>(result: AcmeResult<T>, action: string): T {
  if (result.kind === 'done') return result.value;
  throw toFault(result, action);
}

function toFault({ code, message, retryAfterMs }: AcmeFailure, action: string): OrderFault {
  return new OrderFault(code, `Cannot ${action}: ${message}`, retryAfterMs);
}
