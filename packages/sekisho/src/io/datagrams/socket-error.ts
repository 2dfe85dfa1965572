import { IoError } from '../error.ts';
import type { Libc } from './libc.ts';

/** Why a socket cannot be had or used; the code of the `IoError` that is thrown. */
export type SocketErrorCode =
  | 'datagrams-unsupported' // not Linux
  | 'socket-path-invalid' // too long for the system, or empty
  | 'socket-path-taken' // something else than a socket is there
  | 'socket-in-use' // another process receives there
  | 'socket-unsuitable' // the descriptor is no Unix datagram socket
  | 'socket-failed'; // anything else

/** An error about the socket at a path or with a number. */
export function socketError(
  code: SocketErrorCode,
  where: string | number,
  problem: string,
  cause?: unknown,
): IoError {
  const name = typeof where === 'number' ? `descriptor ${where}` : where;
  return new IoError(code, `Cannot receive datagrams at ${name}: ${problem}`, {
    temporary: code === 'socket-in-use',
    cause,
  });
}

const WORDS: Readonly<Record<string, string>> = {
  EACCES: 'permission is denied',
  EPERM: 'permission is denied',
  ENOENT: 'the directory does not exist',
  ENOTDIR: 'a part of the path is no directory',
  EADDRINUSE: 'something is there already',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EMFILE: 'too many files are open',
};

/** What the call before ended with, in words where there are any. */
export function lastProblem(libc: Pick<Libc, 'errno' | 'codes'>): string {
  const number = libc.errno();
  const [name = `error ${number}`] =
    Object.entries(libc.codes).find(([, value]) => value === number) ?? [];
  return describeProblem(name);
}

/** A code such as `EACCES` in words where there are any. */
export function describeProblem(code: string): string {
  return WORDS[code] ?? code;
}
