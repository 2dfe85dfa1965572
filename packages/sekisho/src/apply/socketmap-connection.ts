import type { Socket } from 'node:net';
import { type NetstringProblem, type NetstringSpan, readNetstring } from './netstring.ts';
import type { Reply, Responder } from './responder.ts';

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

interface Pending {
  reply: Reply | undefined;
  readonly sinceMs: number;
}

export function serveConnection(
  socket: Socket,
  replyTo: Responder['reply'],
  limits: ConnectionLimits,
  observer: ConnectionObserver,
): SocketmapConnection {
  const span: NetstringSpan = { start: 0, end: 0 };
  const queue: Pending[] = [];
  let rest: Buffer | undefined;
  let unfinished: NodeJS.Timeout | undefined;
  let ending = false;
  let lastReadMs = performance.now();
  const peer = socket.remoteAddress ?? 'a local process';

  /** Reads what the buffer holds; complete replies are gathered into one write. */
  const read = (chunk: Buffer): void => {
    if (ending) return;
    const sinceMs = performance.now();
    lastReadMs = sinceMs;
    const buffer = rest === undefined ? chunk : Buffer.concat([rest, chunk]);
    let written = '';
    let offset = 0;
    let state = readNetstring(buffer, 0, span);
    while (state === 'complete') {
      const reply = replyTo(buffer, span.start, span.end);
      if (!(reply instanceof Promise) && queue.length === 0) {
        written = written === '' ? reply.text : written + reply.text;
        observer.answered(reply.outcome, performance.now() - sinceMs);
      } else enqueue(reply, sinceMs);
      offset = span.end + 1;
      if (offset === buffer.length) break;
      state = readNetstring(buffer, offset, span);
    }
    if (written !== '') write(written);
    if (state === 'complete') keepRest(undefined);
    else if (state === 'partial') keepRest(buffer.subarray(offset));
    else refuse(state);
  };

  /** The deadline runs from the first byte of a request, not from the latest. */
  const keepRest = (bytes: Buffer | undefined): void => {
    rest = bytes;
    if (bytes === undefined) {
      if (unfinished !== undefined) clearTimeout(unfinished);
      unfinished = undefined;
    } else unfinished ??= setTimeout(() => refuse('unfinished'), limits.requestMs).unref();
  };

  const enqueue = (answer: Reply | Promise<Reply>, sinceMs: number): void => {
    const pending: Pending = { reply: undefined, sinceMs };
    queue.push(pending);
    if (queue.length >= LONGEST_QUEUE) socket.pause();
    const settle = (reply: Reply): void => {
      pending.reply = reply;
      flush();
    };
    if (answer instanceof Promise) void answer.then(settle);
    else settle(answer);
  };

  /** Replies leave in the order of their requests. */
  const flush = (): void => {
    let written = '';
    while (queue[0]?.reply !== undefined) {
      const { reply, sinceMs } = queue.shift() as { reply: Reply; sinceMs: number };
      written += reply.text;
      observer.answered(reply.outcome, performance.now() - sinceMs);
    }
    if (written !== '') write(written);
    if (queue.length < LONGEST_QUEUE && socket.isPaused() && !socket.writableNeedDrain)
      socket.resume();
    if (ending && queue.length === 0) socket.end();
  };

  /** A client that does not read its answers is not read from either. */
  const write = (text: string): void => {
    if (!socket.destroyed && !socket.write(text, 'latin1')) socket.pause();
  };

  const refuse = (problem: NetstringProblem | 'unfinished'): void => {
    observer.refused(problem, peer);
    socket.destroy();
  };

  const finish = (): void => {
    ending = true;
    socket.pause();
    if (queue.length === 0) socket.end();
  };

  socket.on('data', read);
  socket.on('drain', () => {
    if (queue.length < LONGEST_QUEUE && !ending) socket.resume();
  });
  socket.on('end', finish);
  // A reset is the client's affair: 'close' follows, and there is nothing to mend.
  socket.on('error', () => socket.destroy());
  socket.on('close', () => keepRest(undefined));
  socket.setNoDelay(true);
  return {
    finish,
    destroy: () => void socket.destroy(),
    closeIfIdle(idleMs) {
      if (performance.now() - lastReadMs > idleMs) socket.destroy();
    },
  };
}
