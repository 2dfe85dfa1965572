import { open, readFile, rename } from 'node:fs/promises';
import { IoError } from '../../io/error.ts';
import type { PositionStore } from '../../io/log-tail/index.ts';

/**
 * Keeps how far a log was read in a file of its own, replaced whole. After a power cut it may be the one before: lines
 * are then read twice.
 */
export function createPositionFile<Position>(path: string): PositionStore<Position> {
  return {
    async load() {
      try {
        return JSON.parse(await readFile(path, 'utf8')) as Position;
      } catch (cause) {
        if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw failure('read', path, cause);
      }
    },
    async save(position) {
      try {
        const file = await open(`${path}.part`, 'w', 0o600);
        try {
          await file.writeFile(JSON.stringify(position));
        } finally {
          await file.close();
        }
        await rename(`${path}.part`, path);
      } catch (cause) {
        throw failure('write', path, cause);
      }
    },
  };
}

function failure(action: string, path: string, cause: unknown): IoError {
  const { message } = cause as Error;
  return new IoError('position-failed', `Cannot ${action} ${path}: ${message}`, {
    temporary: false,
    cause,
  });
}
