import type { Socket } from 'node:net';
import { type NetstringProblem, type NetstringSpan, readNetstring } from './netstring.ts';
import { createReplyQueue } from './reply-queue.ts';
import type { Reply, Responder } from './responder.ts';
import type { WriteTurn } from '../io/write-turn/index.ts';

/** Requests of one connection that may wait for an answer; beyond that nothing more is read. */
const LONGEST_QUEUE = 128;

/** What happens on a connection, for whoever counts and logs. */
export interface ConnectionObserver {
  /** `durationMs` from the arrival of the request's last byte to the writing of its reply. */
  answered(outcome: Reply['outcome'], durationMs: number): void;
  /** The peer does not speak socketmap; its connection is closed. */
  refused(problem: NetstringProblem | 'unfinished', peer: string): void;
}

export interface ConnectionLimits {
  /** A request must be complete within this time of its first byte. */
  readonly requestMs: number;
}

/** One client: reads netstrings in place, answers in order, waits for nobody else. */
export interface SocketmapConnection {
  /** Reads no more, answers what was read, then closes. */
  finish(): void;
  /** Closes if nothing was read for so long, whether the client is silent or does not take its replies. */
  closeIfIdle(idleMs: number): void;
  destroy(): void;
}

/** @param turn puts writes off until all connections were read. */
export function serveConnection(
  socket: Socket,
  replyTo: Responder['reply'],
  limits: ConnectionLimits,
  observer: ConnectionObserver,
  turn: WriteTurn,
): SocketmapConnection {
  const span: NetstringSpan = { start: 0, end: 0 };
  let rest: Buffer | undefined;
  let unfinished: NodeJS.Timeout | undefined;
  let outgoing = '';
  let ending = false;
  let lastReadMs = performance.now();
  const peer = socket.remoteAddress ?? 'a local process';

  /** Reads every request that the buffer holds. */
  const read = (chunk: Buffer): void => {
    if (ending) return;
    const sinceMs = performance.now();
    lastReadMs = sinceMs;
    const buffer = rest === undefined ? chunk : Buffer.concat([rest, chunk]);
    let offset = 0;
    let state = readNetstring(buffer, 0, span);
    while (state === 'complete') {
      replies.push(replyTo(buffer, span.start, span.end), sinceMs);
      offset = span.end + 1;
      if (offset === buffer.length) break;
      state = readNetstring(buffer, offset, span);
    }
    if (replies.waiting >= LONGEST_QUEUE) socket.pause();
    if (offset > 0) endRest();
    if (state === 'partial') keepRest(buffer.subarray(offset));
    else if (state !== 'complete') refuse(state);
  };

  /** A request must be complete within its time from its first byte on, not from its latest. */
  const keepRest = (bytes: Buffer): void => {
    rest = bytes;
    unfinished ??= setTimeout(() => refuse('unfinished'), limits.requestMs).unref();
  };

  const endRest = (): void => {
    rest = undefined;
    if (unfinished === undefined) return;
    clearTimeout(unfinished);
    unfinished = undefined;
  };

  const replies = createReplyQueue(({ text, outcome }, sinceMs) => {
    if (outgoing === '') turn(write);
    outgoing += text;
    observer.answered(outcome, performance.now() - sinceMs);
  });

  /** A client that does not take its replies is not read from either. */
  const write = (): void => {
    const text = outgoing;
    outgoing = '';
    if (text === '' || socket.destroyed) return;
    if (!socket.write(text, 'latin1')) socket.pause();
    else if (socket.isPaused() && mayRead()) socket.resume();
    if (ending && replies.waiting === 0) socket.destroySoon();
  };

  const mayRead = (): boolean => !ending && replies.waiting < LONGEST_QUEUE;

  const refuse = (problem: NetstringProblem | 'unfinished'): void => {
    observer.refused(problem, peer);
    write();
    socket.destroy();
  };

  const finish = (): void => {
    ending = true;
    socket.pause();
    write();
    // A client that is idle may keep its end open for long.
    if (replies.waiting === 0) socket.destroySoon();
  };

  socket.on('data', read);
  socket.on('drain', () => {
    if (mayRead()) socket.resume();
  });
  socket.on('end', finish);
  // A reset is the client's affair: 'close' follows, and there is nothing to mend.
  socket.on('error', () => socket.destroy());
  socket.on('close', endRest);
  socket.setNoDelay(true);
  return {
    finish,
    destroy: () => void socket.destroy(),
    closeIfIdle(idleMs) {
      if (performance.now() - lastReadMs > idleMs) socket.destroy();
    },
  };
}
