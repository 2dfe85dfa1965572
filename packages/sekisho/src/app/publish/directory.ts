import type { Settings } from '../config/index.ts';

/** Where `sekisho publish serve` keeps what it knows, and listens for orders. */
export function publishDirectoryOf({ stateDirectory, publish }: Settings): string {
  return publish.stateDirectory ?? stateDirectory;
}
