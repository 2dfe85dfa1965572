import { chmod, lstat, stat, unlink } from 'node:fs/promises';
import { connect, type ListenOptions } from 'node:net';
import { dirname } from 'node:path';
import { IoError } from '../../io/error.ts';
import { formatListenAddress, type ListenAddress } from '../config/listen-address.ts';

type Listen = (where: ListenOptions) => Promise<void>;

/**
 * Listens on a configured address. A Unix socket left behind by a process that is gone is replaced, one that still
 * answers is not.
 *
 * @throws IoError `listen-failed`
 */
export async function listenOn(
  address: ListenAddress,
  listen: Listen,
  socketMode: number,
): Promise<void> {
  try {
    if (address.kind === 'tcp') {
      await listen({ host: address.host, port: address.port });
      return;
    }
    await makeRoom(address.path);
    await listen({ path: address.path });
    await chmod(address.path, socketMode);
  } catch (cause) {
    const reason = explain(cause);
    throw new IoError(
      'listen-failed',
      `Cannot listen on ${formatListenAddress(address)}: ${reason}`,
      { temporary: false, cause },
    );
  }
}

async function makeRoom(path: string): Promise<void> {
  // bind(2) in a directory that is not there is reported by Node as a lack of permission.
  await stat(dirname(path));
  const found = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (found === undefined) return;
  if (!found.isSocket()) throw new Error('there is a file of that name that is not a socket');
  if (!(await isAnswering(path))) await unlink(path);
}

function isAnswering(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    // Whoever may not connect cannot know that nobody listens.
    socket.on('error', ({ code }: NodeJS.ErrnoException) => resolve(code !== 'ECONNREFUSED'));
  });
}

const REASONS = new Map([
  ['EADDRINUSE', 'the address is in use; is another Sekisho running?'],
  ['EADDRNOTAVAIL', 'this machine has no such address'],
  ['EACCES', 'permission denied'],
  ['ENOENT', 'the directory does not exist'],
  ['ENOTDIR', 'what should be the directory is none'],
]);

function explain(cause: unknown): string {
  const { code = '', message } = cause as NodeJS.ErrnoException;
  return REASONS.get(code) ?? message;
}
