import type { IoError } from '../error.ts';
import type { DatagramEvents, DatagramSource } from './datagram-source.ts';
import { loadLibc } from './libc.ts';
import { startReceiverThread } from './receiver-thread.ts';
import { socketError } from './socket-error.ts';
import { adoptUnixSocket, bindUnixSocket } from './unix-socket.ts';

export type UnixDatagramOptions = DatagramEvents & {
  /** Told once if receiving ends by itself. */
  readonly onDeath: (error: IoError) => void;
  /** The most that is read of one datagram. Default 512 KiB; Linux sends 208 KiB unless it is told to send more. */
  readonly mostDatagramBytes?: number;
  /** How far the owner may lag before datagrams are left out. Default 64 MiB. */
  readonly mostBytesInFlight?: number;
  /** Added to the time of arrival, which is the system's; for tests that drive the clock. Default 0. */
  readonly clockOffsetMs?: () => number;
} & (
    | {
        /** Where the socket is made; its directory must be there. At most 107 bytes. */
        readonly path: string;
        /** Permissions of its file: who may write may send. Default 0o622. */
        readonly mode?: number;
        /** Number of the group that its file is given. */
        readonly group?: number;
        readonly fd?: never;
      }
    /** The number of a socket that the process was started with, as by systemd's `ListenDatagram=`. */
    | { readonly fd: number; readonly path?: never }
  );

const MOST_DATAGRAM_BYTES = 512 * 1024;
const MOST_BYTES_IN_FLIGHT = 64 * 1024 * 1024;
const MODE = 0o622;

/**
 * Receives Unix datagrams in a thread of its own. When it resolves, senders are heard.
 *
 * @throws {IoError} with a `SocketErrorCode`.
 */
export async function openUnixDatagrams(options: UnixDatagramOptions): Promise<DatagramSource> {
  const libc = await loadLibc();
  const socket =
    options.path === undefined
      ? adoptUnixSocket(libc, options.fd)
      : await bindUnixSocket(libc, { mode: MODE, ...options });
  const thread = startReceiverThread({
    fd: socket.fd,
    onBatch: options.onBatch,
    onEnd: (problem, cause) =>
      options.onDeath(socketError('socket-failed', options.path ?? options.fd, problem, cause)),
    mostDatagramBytes: options.mostDatagramBytes ?? MOST_DATAGRAM_BYTES,
    mostBytesInFlight: options.mostBytesInFlight ?? MOST_BYTES_IN_FLIGHT,
    clockOffsetMs: options.clockOffsetMs ?? (() => 0),
  });
  const closeAll: DatagramSource['close'] = async () => {
    const losses = await thread.stop();
    await socket.close();
    return losses;
  };
  let closing: ReturnType<DatagramSource['close']> | undefined;
  return { close: () => (closing ??= closeAll()) };
}
