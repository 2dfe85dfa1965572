import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Debian's libfaketime for programs with threads, by the folders of the architectures that CI and laptops have. */
export const FAKETIME_LIBRARY = ['x86_64-linux-gnu', 'aarch64-linux-gnu']
  .map((architecture) => `/usr/lib/${architecture}/faketime/libfaketimeMT.so.1`)
  .find((file) => existsSync(file));

/** A clock that runs as usual and is put forward; every program started with its environment sees it at once. */
export interface DrivenClock {
  /** Variables for the programs that shall live by it. Their timers run on undisturbed. */
  readonly environment: Readonly<Record<string, string>>;
  nowMs(): number;
  advance(ms: number): void;
}

/** Starts at the true time. */
export function createDrivenClock(folder: string): DrivenClock {
  const file = join(folder, 'clock');
  let aheadMs = 0;
  const write = (): void => {
    writeFileSync(`${file}.new`, `+${(aheadMs / 1000).toFixed(3)}\n`);
    renameSync(`${file}.new`, file);
  };
  write();
  return {
    environment: {
      LD_PRELOAD: FAKETIME_LIBRARY ?? '',
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    },
    nowMs: () => Date.now() + aheadMs,
    advance(ms) {
      aheadMs += ms;
      write();
    },
  };
}
