import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';

/** An address that lets a TCP connection neither succeed nor fail. */
export interface BlackHole {
  readonly address: string;
  readonly port: number;
  close(): Promise<void>;
}

/** Listens with the shortest queue and never accepts, in a thread whose event loop stands still. */
const LISTENER = `
  const { workerData, parentPort } = require('node:worker_threads');
  const server = require('node:net').createServer();
  server.listen({ ...workerData, backlog: 1 }, () => {
    parentPort.postMessage(server.address().port);
    setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));
  });
`;
/** Enough to fill a queue of one; the kernel drops what comes behind them. */
const FILLERS = 4;

/** Opens a black hole on loopback. Linux only: others refuse instead of dropping. */
export async function openBlackHole(address: string, port: number): Promise<BlackHole> {
  const worker = new Worker(LISTENER, { eval: true, workerData: { host: address, port } });
  const [listening] = (await once(worker, 'message')) as [number];
  const fillers = Array.from({ length: FILLERS }, () => connect(listening, address));
  for (const filler of fillers) filler.on('error', () => filler.destroy());
  await Promise.all(fillers.slice(0, 2).map((filler: Socket) => once(filler, 'connect')));
  return {
    address,
    port: listening,
    async close() {
      for (const filler of fillers) filler.destroy();
      await worker.terminate();
    },
  };
}
