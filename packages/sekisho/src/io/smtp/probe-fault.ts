import type { Clock } from '../clock/index.ts';
import type { ProbeCode } from './mx-prober.ts';

/** Carries a finding from the step that failed to the prober, which turns it into a value. */
export class ProbeFault extends Error {
  override readonly name = 'ProbeFault';
  readonly code: Exclude<ProbeCode, 'ok'>;

  /** @param message what was seen; printable. */
  constructor(code: Exclude<ProbeCode, 'ok'>, message: string) {
    super(message);
    this.code = code;
  }
}

/** The work's outcome, or a fault `timeout` when it does not come in time. */
export async function within<T>(
  clock: Clock,
  timeoutMs: number,
  message: string,
  work: Promise<T>,
): Promise<T> {
  let cancel = (): void => undefined;
  const late = new Promise<never>((_resolve, reject) => {
    cancel = clock.after(timeoutMs, () => reject(new ProbeFault('timeout', message)));
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    cancel();
  }
}
