import type { Clock } from '../clock/index.ts';
import type { Log } from '../log/index.ts';
import { createFileReader, type FileReaderOptions } from './file-reader.ts';
import type { TailSource } from './tail-source.ts';

export interface FollowFileOptions extends FileReaderOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Between two looks. Default 1000. */
  readonly pollMs?: number;
}

/**
 * Follows a file until closed, as `FileReader` reads it. Whatever fails, the file or the taker, is told to the log
 * when it begins and when it ends, and tried again at every look.
 */
export function followFile(options: FollowFileOptions): TailSource {
  const { clock, log, path, pollMs = 1000 } = options;
  const reader = createFileReader(options);
  let isClosed = false;
  let isFailing = false;
  let cancel = (): void => undefined;
  let round: Promise<void> = Promise.resolve();

  const look = async (): Promise<void> => {
    try {
      await reader.readNew();
      if (isFailing) log.info('log file is followed again', { path });
      isFailing = false;
    } catch (error) {
      if (!isFailing) log.warn('log file cannot be followed; it is tried again', { path, error });
      isFailing = true;
    }
    if (!isClosed) cancel = clock.after(pollMs, turn);
  };
  const turn = (): void => {
    round = look();
  };

  turn();
  return {
    async close() {
      isClosed = true;
      cancel();
      await round;
      await reader.close();
    },
  };
}
