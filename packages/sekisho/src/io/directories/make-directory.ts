import { existsSync, mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/**
 * Makes a directory, and those above it, where they are missing; blocks. Node's own `recursive` never returns where the
 * system says that a directory is missing which is there, as it does in `/proc`.
 *
 * @param mode of each that is made, before the umask.
 * @returns those that were made, the outermost first.
 * @throws the system's error of the first that cannot be made.
 */
export function makeDirectory(path: string, mode: number): readonly string[] {
  const missing: string[] = [];
  for (let at = resolve(path); !existsSync(at); at = dirname(at)) missing.unshift(at);
  return missing.filter((directory) => makeOne(directory, mode));
}

/** False if another process has made it meanwhile. */
function makeOne(directory: string, mode: number): boolean {
  try {
    mkdirSync(directory, { mode });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
