import koffi from 'koffi';

/** Sends datagrams to a Unix socket, as libtlsrpt does. Linux only. */
export interface UnixDatagramSender {
  /** Waits while the queue is full, unless told not to. Returns 0, or the number of the error. */
  send(bytes: Uint8Array, options?: { readonly isWaiting?: boolean }): number;
  close(): void;
}

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const MSG_DONTWAIT = 0x40;
const SOL_SOCKET = 1;
const SO_SNDBUF = 7;

/** @param sendBufferBytes how long a datagram may be, about; default the system's. */
export function openUnixDatagramSender(
  path: string,
  { sendBufferBytes }: { readonly sendBufferBytes?: number } = {},
): UnixDatagramSender {
  const library = koffi.load(null);
  const sendto = library.func(
    'long sendto(int, const void *, size_t, int, const void *, uint32_t)',
  );
  const close = library.func('int close(int)');
  const fd = library.func('int socket(int, int, int)')(AF_UNIX, SOCK_DGRAM, 0) as number;
  if (fd < 0) throw new Error(`no socket: error ${koffi.errno()}`);
  if (sendBufferBytes !== undefined) {
    const setsockopt = library.func('int setsockopt(int, int, int, const void *, uint32_t)');
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, new Int32Array([sendBufferBytes]), 4);
  }
  const address = Buffer.alloc(2 + Buffer.byteLength(path) + 1);
  new Uint16Array(address.buffer, address.byteOffset, 1)[0] = AF_UNIX;
  address.write(path, 2);
  return {
    send(bytes, { isWaiting = true } = {}) {
      const flags = isWaiting ? 0 : MSG_DONTWAIT;
      const sent = sendto(fd, bytes, bytes.length, flags, address, address.length) as number;
      return sent === bytes.length ? 0 : koffi.errno();
    },
    close: () => void close(fd),
  };
}
