import { quote } from '@sekisho/spec';
import { IoError } from '../error.ts';

const WORDS: Readonly<Record<string, string>> = {
  EACCES: 'permission is denied',
  EPERM: 'permission is denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota is used up',
  ENOENT: 'there is no such file',
  ENOTDIR: 'a part of the path is no directory',
  EISDIR: 'it is a directory',
};

const PASSING = new Set(['ENOSPC', 'EMFILE', 'ENFILE', 'EDQUOT']);

/** The error for a mailbox that cannot be used: `mailbox-unreadable` or `mailbox-unwritable`. */
export function mailboxError(action: 'read' | 'write', path: string, cause: unknown): IoError {
  const { code = 'UNKNOWN' } = cause as NodeJS.ErrnoException;
  return new IoError(
    action === 'read' ? 'mailbox-unreadable' : 'mailbox-unwritable',
    `Cannot ${action} ${quote(path)}: ${WORDS[code] ?? code}`,
    { temporary: PASSING.has(code), cause },
  );
}
