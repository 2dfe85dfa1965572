import type { Clock } from '../clock/index.ts';
import { ProbeFault } from './probe-fault.ts';

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
