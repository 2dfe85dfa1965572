import type { Clock } from '../clock/index.ts';
import { IoError } from '../error.ts';

/**
 * The work's outcome, or `imap-lost` when it does not come in time; `hangUp` then ends the connection, and with it the
 * work.
 */
export async function withinTime<T>(
  clock: Clock,
  timeoutMs: number,
  hangUp: () => void,
  work: Promise<T>,
): Promise<T> {
  let cancel = (): void => undefined;
  const late = new Promise<never>((_resolve, reject) => {
    cancel = clock.after(timeoutMs, () => {
      reject(
        new IoError('imap-lost', `IMAP server did not answer in ${timeoutMs} ms`, {
          temporary: true,
        }),
      );
      hangUp();
    });
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    cancel();
  }
}
