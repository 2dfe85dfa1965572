import type { Socket } from 'node:net';
import { type NetstringProblem, type NetstringSpan, readNetstring } from './netstring.ts';
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

interface ConnectionOptions extends ConnectionLimits {
  readonly replyTo: Responder['reply'];
  readonly observer: ConnectionObserver;
  /** Puts writes off until all connections were read. */
  readonly turn: WriteTurn;
}

interface Pending {
  reply: Reply | undefined;
  readonly sinceMs: number;
}

/** One client: reads netstrings in place, answers in order, waits for nobody else. */
export class SocketmapConnection {
  readonly #socket: Socket;
  readonly #options: ConnectionOptions;
  /** Asked now: a socket that is gone has no address any more. */
  readonly #peer: string;
  readonly #span: NetstringSpan = { start: 0, end: 0 };
  /** Replies that wait for their own answer or an earlier one's, in the order of their requests. */
  readonly #queue: Pending[] = [];
  #rest: Buffer | undefined;
  #unfinished: NodeJS.Timeout | undefined;
  #outgoing = '';
  #ending = false;
  #lastReadMs = performance.now();
  readonly #write = (): void => this.#writeOutgoing();

  constructor(socket: Socket, options: ConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#peer = socket.remoteAddress ?? 'a local process';
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('drain', () => {
      if (this.#mayRead()) socket.resume();
    });
    socket.on('end', () => this.finish());
    // A reset is the client's affair: 'close' follows, and there is nothing to mend.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#endRest());
    socket.setNoDelay(true);
  }

  /** Reads no more, answers what was read, then closes. */
  finish(): void {
    this.#ending = true;
    this.#socket.pause();
    this.#writeOutgoing();
    // A client that is idle may keep its end open for long.
    if (this.#queue.length === 0) this.#socket.destroySoon();
  }

  /** Closes if nothing was read for so long, whether the client is silent or does not take its replies. */
  closeIfIdle(idleMs: number): void {
    if (performance.now() - this.#lastReadMs > idleMs) this.#socket.destroy();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** Reads every request that the buffer holds. */
  #read(chunk: Buffer): void {
    if (this.#ending) return;
    const sinceMs = performance.now();
    this.#lastReadMs = sinceMs;
    const span = this.#span;
    const buffer = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk]);
    let offset = 0;
    let state = readNetstring(buffer, 0, span);
    while (state === 'complete') {
      this.#push(this.#options.replyTo(buffer, span.start, span.end), sinceMs);
      offset = span.end + 1;
      if (offset === buffer.length) break;
      state = readNetstring(buffer, offset, span);
    }
    if (this.#queue.length >= LONGEST_QUEUE) this.#socket.pause();
    if (offset > 0) this.#endRest();
    if (state === 'partial') this.#keepRest(buffer.subarray(offset));
    else if (state !== 'complete') this.#refuse(state);
  }

  /** A request must be complete within its time from its first byte on, not from its latest. */
  #keepRest(bytes: Buffer): void {
    this.#rest = bytes;
    const { requestMs } = this.#options;
    this.#unfinished ??= setTimeout(() => this.#refuse('unfinished'), requestMs).unref();
  }

  #endRest(): void {
    this.#rest = undefined;
    if (this.#unfinished === undefined) return;
    clearTimeout(this.#unfinished);
    this.#unfinished = undefined;
  }

  #push(answer: Reply | Promise<Reply>, sinceMs: number): void {
    // Nearly always: known at once, and nobody before it.
    if (this.#queue.length === 0 && !(answer instanceof Promise)) {
      this.#send(answer, sinceMs);
      return;
    }
    const pending: Pending = { reply: undefined, sinceMs };
    this.#queue.push(pending);
    const settle = (reply: Reply): void => {
      pending.reply = reply;
      this.#sendKnown();
    };
    if (answer instanceof Promise) void answer.then(settle);
    else settle(answer);
  }

  #sendKnown(): void {
    for (let [first] = this.#queue; first?.reply !== undefined; [first] = this.#queue) {
      this.#queue.shift();
      this.#send(first.reply, first.sinceMs);
    }
  }

  #send({ text, outcome }: Reply, sinceMs: number): void {
    const { turn, observer } = this.#options;
    if (this.#outgoing === '') turn(this.#write);
    this.#outgoing += text;
    observer.answered(outcome, performance.now() - sinceMs);
  }

  /** A client that does not take its replies is not read from either. */
  #writeOutgoing(): void {
    const text = this.#outgoing;
    const socket = this.#socket;
    this.#outgoing = '';
    if (text === '' || socket.destroyed) return;
    if (!socket.write(text, 'latin1')) socket.pause();
    else if (socket.isPaused() && this.#mayRead()) socket.resume();
    if (this.#ending && this.#queue.length === 0) socket.destroySoon();
  }

  #mayRead(): boolean {
    return !this.#ending && this.#queue.length < LONGEST_QUEUE;
  }

  #refuse(problem: NetstringProblem | 'unfinished'): void {
    this.#options.observer.refused(problem, this.#peer);
    this.#writeOutgoing();
    this.#socket.destroy();
  }
}
