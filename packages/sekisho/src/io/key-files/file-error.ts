import { IoError } from '../error.ts';

/** The error for a file that cannot be read or written; names the path and what the system says. */
export function fileError(action: 'read' | 'write', path: string, cause: unknown): IoError {
  const { code = 'UNKNOWN' } = cause as NodeJS.ErrnoException;
  return new IoError(
    action === 'read' ? 'files-unreadable' : 'files-unwritable',
    `Cannot ${action} ${path}: ${WORDS[code] ?? code}`,
    { temporary: code === 'ENOSPC' || code === 'EMFILE', cause },
  );
}

const WORDS: Readonly<Record<string, string>> = {
  EACCES: 'permission is denied',
  EPERM: 'permission is denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota is used up',
  ENOENT: 'there is no such file',
  ENOTDIR: 'a part of the path is no directory',
  EISDIR: 'it is a directory',
  EMFILE: 'too many files are open',
};

/** Whether an error says that a file is not there. */
export function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}
