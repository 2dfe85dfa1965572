import { statSync } from 'node:fs';
import type { Clock } from '../../io/clock/index.ts';
import type { Log } from '../../io/log/index.ts';
import { readNamedFile } from '../report/named-file.ts';

/** A certificate with its chain, and its key; PEM. */
export interface TlsPair {
  readonly cert: string;
  readonly key: string;
}

export interface TlsFiles {
  readonly certificateFile: string;
  readonly keyFile: string;
}

const EVERY_MS = 60_000;

/** @throws ConfigError when one of them cannot be read. */
export function readTlsPair({ certificateFile, keyFile }: TlsFiles): TlsPair {
  return {
    cert: readNamedFile('intake.post.certificateFile', certificateFile),
    key: readNamedFile('intake.post.keyFile', keyFile),
  };
}

/**
 * Looks every minute whether the files have changed. What cannot be used is logged, and tried again: a renewal may be half
 * done.
 *
 * @param use takes the new pair; throws where it cannot be used.
 */
export function watchTlsFiles(
  files: TlsFiles,
  use: (pair: TlsPair) => void,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): { stop(): void } {
  let known = stampOf(files);
  let cancel = (): void => undefined;
  const look = (): void => {
    try {
      const stamp = stampOf(files);
      if (stamp !== known) {
        use(readTlsPair(files));
        known = stamp;
        log.info('certificate read again', { file: files.certificateFile });
      }
    } catch (error) {
      log.error('the new certificate cannot be used; the former one stays', { error });
    }
    cancel = clock.after(EVERY_MS, look);
  };
  cancel = clock.after(EVERY_MS, look);
  return { stop: () => cancel() };
}

function stampOf({ certificateFile, keyFile }: TlsFiles): string {
  return [certificateFile, keyFile]
    .map((path) => statSync(path, { throwIfNoEntry: false }))
    .map((stat) => (stat === undefined ? '-' : `${stat.ino} ${stat.size} ${stat.mtimeMs}`))
    .join(' ');
}
