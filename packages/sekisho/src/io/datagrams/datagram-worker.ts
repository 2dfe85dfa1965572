/** The thread that receives datagrams and does nothing else, since the queue in the kernel is short. */
import { parentPort, workerData } from 'node:worker_threads';
import { createBatchBuilder, createReceiveVector, runReceiveLoop } from './receive-loop.ts';
import { loadLibc } from './libc.ts';
import { lastProblem } from './socket-error.ts';
import { type FromReceiver, type ReceiverTask, SHARED } from './receiver-thread.ts';

if (parentPort === null) {
  throw new TypeError('datagram-worker must be started as a worker thread');
}
const port = parentPort;
const task = workerData as ReceiverTask;
const { fd, mostDatagramBytes } = task;
const shared = new Int32Array(task.shared);
const libc = await loadLibc();
const mostBytes = Math.max(1024 * 1024, mostDatagramBytes);
const mostCount = 4096;
const POLLIN = 1;
// `struct pollfd`: the descriptor, then what is waited for and what has come, 16 bits each.
const waited = new Int32Array([fd, 0]);
new Int16Array(waited.buffer)[2] = POLLIN;

const send = (message: FromReceiver, memory: readonly ArrayBuffer[] = []): void =>
  port.postMessage(message, memory);

const isOrderly = runReceiveLoop({
  vector: createReceiveVector(libc, fd, mostDatagramBytes),
  builder: createBatchBuilder(mostBytes, mostCount),
  mostDatagramBytes,
  mostCount,
  mostBytes,
  waitMs: (ms) => void libc.poll(waited, 1, ms),
  now: Date.now,
  isStopped: () => Atomics.load(shared, SHARED.stop) !== 0,
  onTooLong: () => void Atomics.add(shared, SHARED.tooLong, 1),
  onBatch({ bytes, ends, atMs }) {
    const inFlight = Atomics.load(shared, SHARED.inFlight) + bytes.byteLength;
    if (inFlight > task.mostBytesInFlight) {
      Atomics.add(shared, SHARED.lost, ends.length);
      return;
    }
    Atomics.add(shared, SHARED.inFlight, bytes.byteLength);
    send({ kind: 'batch', bytes, ends, atMs }, [bytes, ends.buffer, atMs.buffer]);
  },
});
if (!isOrderly) send({ kind: 'failed', problem: lastProblem(libc) });
