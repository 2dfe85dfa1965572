import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { quote } from '@sekisho/spec';
import { IoError } from '../error.ts';

/** One message of a mailbox. */
export type MailboxItem<Message> =
  | ({ readonly kind: 'message'; readonly bytes: Uint8Array } & Message)
  /** Larger than allowed; not read, or not kept. */
  | ({ readonly kind: 'too-large' } & Message)
  /** It is there and cannot be read. `problem` is a system's error code. */
  | ({ readonly kind: 'unreadable'; readonly problem: string } & Message);

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

/** What was found under a name. */
type WholeFile =
  | { readonly kind: 'read'; readonly bytes: Uint8Array }
  | { readonly kind: 'too-large' }
  /** Moved or deleted by somebody else, or no regular file. */
  | { readonly kind: 'gone' }
  /** `problem` is the system's error code. */
  | { readonly kind: 'unreadable'; readonly problem: string };

/** Reads a regular file of at most `largestBytes`; never waits on a pipe, follows a link only where it is told to. */
export async function readWholeFile(
  path: string,
  largestBytes: number,
  links: 'follow' | 'refuse',
): Promise<WholeFile> {
  const noFollow = links === 'refuse' ? constants.O_NOFOLLOW : 0;
  let file: FileHandle | undefined;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | noFollow);
    const found = await file.stat();
    if (!found.isFile()) return { kind: 'gone' };
    return await readUpTo(file, found.size, largestBytes);
  } catch (error) {
    const { code = 'UNKNOWN' } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ELOOP') return { kind: 'gone' };
    return { kind: 'unreadable', problem: code };
  } finally {
    await file?.close();
  }
}

/** A file may grow while it is read: a byte more than allowed is looked for. */
async function readUpTo(
  file: FileHandle,
  sizeBytes: number,
  largestBytes: number,
): Promise<WholeFile> {
  if (sizeBytes > largestBytes) return { kind: 'too-large' };
  const buffer = Buffer.allocUnsafe(sizeBytes + 1);
  let filled = 0;
  while (filled < buffer.length) {
    const { bytesRead } = await file.read(buffer, filled, buffer.length - filled, filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled > largestBytes
    ? { kind: 'too-large' }
    : { kind: 'read', bytes: buffer.subarray(0, filled) };
}
