import type { Settings } from '../config/index.ts';

/** Where `sekisho report serve` keeps what it knows, and listens for orders. */
export function reportDirectoryOf({ stateDirectory, report }: Settings): string {
  return report.stateDirectory ?? stateDirectory;
}
