import { chmod, chown, lstat, unlink } from 'node:fs/promises';
import { endianness } from 'node:os';
import type { Libc } from './libc.ts';
import { describeProblem, lastProblem, type SocketErrorCode, socketError } from './socket-error.ts';

/** A socket that is ready to be received from. */
export interface UnixSocket {
  readonly fd: number;
  /** Ends it, and removes its file if we made it and it is still ours. */
  close(): Promise<void>;
}

export interface BindOptions {
  readonly path: string;
  /** Permissions of the socket's file; who may write may send. */
  readonly mode: number;
  /** Number of the group that is given the file; undefined leaves it as the system made it. */
  readonly group?: number;
}

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_TYPE = 3;
const SO_DOMAIN = 39;
/** `sun_path` has 108, the last of which ends the text. */
const MOST_PATH_BYTES = 107;

/**
 * Makes a datagram socket at a path. A socket left behind by a process that ended is replaced; anything else is not.
 *
 * @throws {IoError} with a `SocketErrorCode`.
 */
export async function bindUnixSocket(libc: Libc, options: BindOptions): Promise<UnixSocket> {
  const { path } = options;
  const address = addressOf(path);
  await clearStale(libc, path, address);
  const fd = openSocket(libc, path);
  try {
    if (libc.bind(fd, address, address.length) !== 0)
      throw socketError('socket-failed', path, lastProblem(libc));
    await asSocketError(path, () => adjustFile(options));
    const { ino, dev } = await asSocketError(path, () => lstat(path));
    return { fd, close: () => closeBound(libc, fd, path, { ino, dev }) };
  } catch (error) {
    libc.close(fd);
    throw error;
  }
}

/**
 * Takes a socket that this process was given, as by systemd's `ListenDatagram=`. It stays open on close: whoever gave
 * it keeps what arrives until the next start.
 *
 * @throws {IoError} `socket-unsuitable` for a descriptor that is no Unix datagram socket.
 */
export function adoptUnixSocket(libc: Libc, fd: number): UnixSocket {
  const option = (name: number): number => {
    const value = new Int32Array(1);
    const size = new Uint32Array([value.byteLength]);
    if (libc.getsockopt(fd, SOL_SOCKET, name, value, size) !== 0)
      throw socketError('socket-unsuitable', fd, lastProblem(libc));
    return value[0] ?? 0;
  };
  if (option(SO_DOMAIN) !== AF_UNIX || option(SO_TYPE) !== SOCK_DGRAM)
    throw socketError('socket-unsuitable', fd, 'it must be a Unix datagram socket');
  return { fd, close: async () => {} };
}

function addressOf(path: string): Uint8Array {
  const bytes = Buffer.from(path);
  if (path === '' || path.includes('\0'))
    throw socketError('socket-path-invalid', path, 'the path is empty or has a NUL');
  if (bytes.length > MOST_PATH_BYTES) {
    const problem = `the path has ${bytes.length} bytes, must have at most ${MOST_PATH_BYTES}`;
    throw socketError('socket-path-invalid', path, problem);
  }
  const address = Buffer.alloc(2 + bytes.length + 1);
  if (endianness() === 'LE') address.writeUInt16LE(AF_UNIX);
  else address.writeUInt16BE(AF_UNIX);
  bytes.copy(address, 2);
  return address;
}

function openSocket(libc: Libc, path: string): number {
  const fd = libc.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) throw socketError('socket-failed', path, lastProblem(libc));
  return fd;
}

async function clearStale(libc: Libc, path: string, address: Uint8Array): Promise<void> {
  const found = await asSocketError(path, () => lstatIfThere(path));
  if (found === undefined) return;
  if (!found.isSocket())
    throw socketError('socket-path-taken', path, 'a file that is no socket is there');
  if (!isAbandoned(libc, path, address))
    throw socketError('socket-in-use', path, 'another process has it');
  await asSocketError(path, () => unlink(path));
}

async function lstatIfThere(path: string): Promise<Awaited<ReturnType<typeof lstat>> | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Nobody receives at a socket that refuses; one of another type, or that we may not ask, counts as used. */
function isAbandoned(libc: Libc, path: string, address: Uint8Array): boolean {
  const fd = openSocket(libc, path);
  const isRefused =
    libc.connect(fd, address, address.length) !== 0 && libc.errno() === libc.codes['ECONNREFUSED'];
  libc.close(fd);
  return isRefused;
}

async function adjustFile({ path, mode, group }: BindOptions): Promise<void> {
  if (group !== undefined) await chown(path, process.geteuid?.() ?? -1, group);
  // Last, since a change of owner may take permissions away.
  await chmod(path, mode);
}

async function closeBound(
  libc: Libc,
  fd: number,
  path: string,
  own: { readonly ino: number; readonly dev: number },
): Promise<void> {
  libc.close(fd);
  const found = await asSocketError(path, () => lstatIfThere(path));
  if (found?.ino === own.ino && found.dev === own.dev)
    await asSocketError(path, () => unlink(path));
}

async function asSocketError<T>(path: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    const { code = 'UNKNOWN' } = error as NodeJS.ErrnoException;
    const kind: SocketErrorCode = 'socket-failed';
    throw socketError(kind, path, describeProblem(code), error);
  }
}
