import type * as Koffi from 'koffi';
import { IoError } from '../error.ts';

/** The calls of the C library that Node has no door to, as the functions of a thread; each returns -1 and sets `errno` on failure. */
export interface Libc {
  socket(domain: number, type: number, protocol: number): number;
  bind(fd: number, address: Uint8Array, size: number): number;
  connect(fd: number, address: Uint8Array, size: number): number;
  close(fd: number): number;
  getsockopt(fd: number, level: number, name: number, value: Int32Array, size: Uint32Array): number;
  poll(fds: Int32Array, count: number, timeoutMs: number): number;
  recvmmsg(fd: number, headers: Uint8Array, count: number, flags: number): number;
  /** Of the call before. */
  errno(): number;
  readonly codes: Readonly<Record<string, number>>;
  /** How `struct mmsghdr` lies in memory. */
  readonly messageHeader: MessageHeader;
}

export interface MessageHeader {
  readonly size: number;
  /** Where the length of what was received stands, 32 bits in the order of the machine. */
  readonly lengthOffset: number;
  /** Headers, one for each slot, and behind them the vectors that they point to. The slots must outlive it. */
  layOut(slots: readonly Uint8Array[]): Uint8Array<ArrayBuffer>;
}

/** With glibc, then what musl leaves for linkers, then whatever the process has loaded already. */
const NAMES = ['libc.so.6', 'libc.so', null];

/**
 * Loads the C library. Linux only.
 *
 * @throws {IoError} `datagrams-unsupported` elsewhere, or where the library for foreign functions does not load.
 */
export async function loadLibc(platform: NodeJS.Platform = process.platform): Promise<Libc> {
  if (platform !== 'linux') {
    throw unsupported(`the system is ${platform}, must be Linux`);
  }
  try {
    const { default: koffi } = await import('koffi');
    const library = loadFirst(koffi.load);
    return {
      ...declare(library),
      errno: () => koffi.errno(),
      codes: koffi.os.errno,
      messageHeader: describeHeader(koffi),
    };
  } catch (cause) {
    throw unsupported('the C library cannot be called through koffi', cause);
  }
}

function unsupported(why: string, cause?: unknown): IoError {
  return new IoError('datagrams-unsupported', `Cannot receive Unix datagrams: ${why}`, {
    temporary: false,
    cause,
  });
}

function loadFirst(load: (name: string | null) => Koffi.LibraryHandle): Koffi.LibraryHandle {
  const faults: unknown[] = [];
  for (const name of NAMES) {
    try {
      return load(name);
    } catch (error) {
      faults.push(error);
    }
  }
  throw new AggregateError(faults, 'no C library');
}

function declare(library: Koffi.LibraryHandle): Omit<Libc, 'errno' | 'codes' | 'messageHeader'> {
  const recvmmsg = library.func('int recvmmsg(int, void *, unsigned int, int, void *)');
  return {
    socket: library.func('int socket(int, int, int)'),
    bind: library.func('int bind(int, const void *, uint32_t)'),
    connect: library.func('int connect(int, const void *, uint32_t)'),
    close: library.func('int close(int)'),
    getsockopt: library.func('int getsockopt(int, int, int, void *, void *)'),
    poll: library.func('int poll(void *, unsigned long, int)'),
    recvmmsg: (fd, headers, count, flags) => recvmmsg(fd, headers, count, flags, null) as number,
  };
}

function describeHeader(koffi: typeof Koffi.default): MessageHeader {
  const vector = koffi.struct({ base: 'void *', length: 'size_t' });
  const header = koffi.struct({
    name: 'void *',
    nameLength: 'uint32_t',
    vectors: 'void *',
    vectorCount: 'size_t',
    control: 'void *',
    controlLength: 'size_t',
    flags: 'int',
  });
  const message = koffi.struct({ header, length: 'unsigned int' });
  const size = koffi.sizeof(message);
  const empty = { name: null, nameLength: 0, control: null, controlLength: 0, flags: 0 };
  return {
    size,
    lengthOffset: koffi.offsetof(message, 'length'),
    layOut(slots) {
      const vectorSize = koffi.sizeof(vector);
      const memory = new Uint8Array(slots.length * (size + vectorSize));
      const start = koffi.address(memory);
      for (const [index, slot] of slots.entries()) {
        const at = slots.length * size + index * vectorSize;
        koffi.encode(memory, at, vector, { base: koffi.address(slot), length: slot.length });
        const filled = { ...empty, vectors: start + BigInt(at), vectorCount: 1 };
        koffi.encode(memory, index * size, message, { header: filled, length: 0 });
      }
      return memory;
    },
  };
}
