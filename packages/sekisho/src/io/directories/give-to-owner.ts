import { chownSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Gives what root has just made to the owner of the directory in which it is, who has to work with it; blocks. Does nothing
 * for other users, who cannot give anything away.
 */
export function giveToOwnerOfDirectory(path: string): void {
  if (process.geteuid?.() !== 0) return;
  const { uid, gid } = statSync(dirname(path));
  if (uid !== 0) chownSync(path, uid, gid);
}
