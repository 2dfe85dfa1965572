import type { Settings } from '../config/index.ts';

/** Where received reports are kept. */
export function intakeDirectoryOf({
  stateDirectory,
  intake,
}: Pick<Settings, 'stateDirectory' | 'intake'>): string {
  return intake.stateDirectory ?? stateDirectory;
}
