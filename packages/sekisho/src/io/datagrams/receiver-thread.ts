import type { Worker } from 'node:worker_threads';
import { startThread } from '../thread/index.ts';
import type { DatagramEvents } from './datagram-source.ts';

interface ReceiverOptions extends DatagramEvents {
  readonly fd: number;
  readonly mostDatagramBytes: number;
  readonly mostBytesInFlight: number;
  /** Added to the time of arrival; for tests that drive the clock. */
  readonly clockOffsetMs: () => number;
  /** Told once why the thread ended by itself. */
  readonly onEnd: (problem: string, cause?: unknown) => void;
}

/** The thread's handle. */
interface ReceiverThread {
  /** Resolves when what had arrived is handed over and the thread is gone. */
  stop(): Promise<{ readonly lost: number; readonly tooLong: number }>;
}

/** Starts the thread that receives from a descriptor. */
export function startReceiverThread(options: ReceiverOptions): ReceiverThread {
  const { fd, mostDatagramBytes, mostBytesInFlight } = options;
  const buffer = new SharedArrayBuffer(SHARED_BYTES);
  const shared = new Int32Array(buffer);
  const worker = startWorker({ fd, shared: buffer, mostDatagramBytes, mostBytesInFlight });
  const exited = new Promise<void>((done) => worker.once('exit', () => done()));
  const total = { lost: 0, tooLong: 0 };
  let isEnded = false;
  const end = (problem: string, cause?: unknown): void => {
    if (isEnded) return;
    isEnded = true;
    options.onEnd(problem, cause);
  };
  const takeLosses = (): { lost: number; tooLong: number } => {
    const lost = Atomics.exchange(shared, SHARED.lost, 0);
    const tooLong = Atomics.exchange(shared, SHARED.tooLong, 0);
    total.lost += lost;
    total.tooLong += tooLong;
    return { lost, tooLong };
  };
  worker.on('message', (message: FromReceiver) => {
    if (message.kind === 'failed') {
      end(message.problem);
      return;
    }
    const { bytes, ends } = message;
    const offsetMs = options.clockOffsetMs();
    const atMs = offsetMs === 0 ? message.atMs : message.atMs.map((each) => each + offsetMs);
    try {
      options.onBatch({
        count: ends.length,
        bytes: Buffer.from(bytes),
        ends,
        atMs,
        ...takeLosses(),
      });
    } finally {
      Atomics.sub(shared, SHARED.inFlight, bytes.byteLength);
    }
  });
  worker.on('error', (cause) => end('the thread that receives has failed', cause));
  worker.on('exit', () => end('the thread that receives has ended'));
  return {
    async stop() {
      isEnded = true;
      Atomics.store(shared, SHARED.stop, 1);
      await exited;
      const losses = takeLosses();
      if (losses.lost + losses.tooLong > 0) options.onBatch({ ...emptyBatch(), ...losses });
      return { ...total };
    },
  };
}

function emptyBatch(): { count: 0; bytes: Buffer; ends: Uint32Array; atMs: Float64Array } {
  return { count: 0, bytes: Buffer.alloc(0), ends: new Uint32Array(), atMs: new Float64Array() };
}

function startWorker(task: ReceiverTask): Worker {
  const module = new URL('./datagram-worker.ts', import.meta.url);
  return startThread(module, { name: 'datagrams', data: task, transfer: [], heapMiB: 64 });
}

/** What the thread that receives is started with. */
export interface ReceiverTask {
  readonly fd: number;
  /** See `SHARED`. */
  readonly shared: SharedArrayBuffer;
  readonly mostDatagramBytes: number;
  readonly mostBytesInFlight: number;
}

/** What it sends: a batch, in memory that is handed over with it, or the end. */
export type FromReceiver =
  | {
      readonly kind: 'batch';
      readonly bytes: ArrayBuffer;
      readonly ends: Uint32Array<ArrayBuffer>;
      readonly atMs: Float64Array<ArrayBuffer>;
    }
  | { readonly kind: 'failed'; readonly problem: string };

/** Places in the memory that both threads see, as an `Int32Array`. */
export const SHARED = {
  /** Not 0: the thread is to receive what has arrived, and end. */
  stop: 0,
  /** Bytes of batches that were sent and not yet handled. */
  inFlight: 1,
  /** Datagrams left out since the owner lags; it takes the number away. */
  lost: 2,
  /** Datagrams left out since they are too long. */
  tooLong: 3,
} as const;

const SHARED_BYTES = 4 * Int32Array.BYTES_PER_ELEMENT;
