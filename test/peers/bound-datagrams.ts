import koffi from 'koffi';

/** A bound Unix datagram socket to be passed to a process, as systemd passes one. Linux only. */
export interface BoundDatagrams {
  readonly fd: number;
  close(): void;
}

const AF_UNIX = 1;
const SOCK_DGRAM = 2;

export function bindDatagrams(path: string): BoundDatagrams {
  const library = koffi.load(null);
  const bind = library.func('int bind(int, const void *, uint32_t)');
  const close = library.func('int close(int)');
  const fd = library.func('int socket(int, int, int)')(AF_UNIX, SOCK_DGRAM, 0) as number;
  const address = Buffer.alloc(2 + Buffer.byteLength(path) + 1);
  new Uint16Array(address.buffer, address.byteOffset, 1)[0] = AF_UNIX;
  address.write(path, 2);
  if (fd < 0 || bind(fd, address, address.length) !== 0)
    throw new Error(`no socket at ${path}: error ${koffi.errno()}`);
  return { fd, close: () => void close(fd) };
}
