import type { Socket } from 'node:net';
import type { Tracked } from './connection-table.ts';
import { LONGEST_HEAD_BYTES, type RequestHead, readRequestHead } from './request-head.ts';
import { formatResponse, type Response } from './response.ts';

/** Answers a request; `address` is the client's. A rejection is answered with 503. */
export type Respond = (head: RequestHead, address: string) => Response | Promise<Response>;

export interface HttpConnectionOptions {
  readonly respond: Respond;
  /** The client's address, which a proxy may tell in the request. */
  readonly addressOf: (head: RequestHead) => string;
  readonly mostRequests: number;
  /** For `Date`. */
  readonly now: () => number;
  readonly isStopping: () => boolean;
  readonly answered: (status: Response['status']) => void;
  /** What made `respond` reject. */
  readonly failed: (error: unknown) => void;
}

/** Speaks HTTP/1.1 on a connection: one request after the other, in bounded memory, whatever is sent. */
export class HttpConnection {
  readonly #socket: Socket;
  readonly #tracked: Tracked;
  readonly #options: HttpConnectionOptions;
  #rest: Buffer | undefined;
  #state: 'reading' | 'answering' | 'ended' = 'reading';
  #isHalfClosed = false;
  #isWaiting = false;
  #requests = 0;

  /** @param socket with `allowHalfOpen`; in clear, or a `TLSSocket`. */
  constructor(socket: Socket, tracked: Tracked, options: HttpConnectionOptions) {
    this.#socket = socket;
    this.#tracked = tracked;
    this.#options = options;
  }

  start(): void {
    this.#socket.on('data', (chunk: Buffer) => this.#take(chunk));
    this.#socket.on('end', () => this.#finish());
  }

  #take(chunk: Buffer): void {
    if (this.#state === 'ended') return;
    this.#rest = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk]);
    if (this.#state === 'reading') this.#read();
    else if (this.#rest.length > LONGEST_HEAD_BYTES) this.#socket.pause();
  }

  /** The client sends nothing more. */
  #finish(): void {
    this.#isHalfClosed = true;
    if (this.#state === 'reading') this.#end();
    else if (this.#state === 'ended') this.#socket.destroySoon();
  }

  #read(): void {
    while (this.#state === 'reading' && this.#rest !== undefined) {
      const reading = readRequestHead(this.#rest);
      if (reading.kind === 'partial') return this.#beginWait();
      if (reading.kind === 'bad') return this.#send({ status: reading.status }, undefined);
      const { sizeBytes } = reading.head;
      this.#rest = sizeBytes === this.#rest.length ? undefined : this.#rest.subarray(sizeBytes);
      this.#answer(reading.head);
    }
    if (this.#isHalfClosed && this.#state === 'reading') this.#end();
  }

  /** The time for a request runs from its first byte on, not from its latest. */
  #beginWait(): void {
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    this.#tracked.enter('request');
  }

  #answer(head: RequestHead): void {
    this.#state = 'answering';
    this.#isWaiting = false;
    this.#tracked.enter('answering');
    const { respond, addressOf, failed } = this.#options;
    const attempt = async (): Promise<Response> => respond(head, addressOf(head));
    attempt().then(
      (response) => this.#send(response, head),
      (error: unknown) => {
        failed(error);
        this.#send({ status: 503 }, head);
      },
    );
  }

  #send(response: Response, head: RequestHead | undefined): void {
    if (this.#socket.destroyed) return;
    const { answered, mostRequests, isStopping, now } = this.#options;
    this.#requests += 1;
    answered(response.status);
    const closes = head?.isPersistent !== true || this.#requests >= mostRequests || isStopping();
    const form = { withBody: head?.method !== 'HEAD', closes, nowMs: now() };
    const bytes = formatResponse(response, form);
    if (closes) return this.#end(bytes, head?.isPersistent === false && !head.hasBody);
    if (this.#socket.write(bytes)) return this.#next();
    // A client that does not take its answers is not asked for more until it has.
    this.#socket.once('drain', () => this.#next());
  }

  #next(): void {
    this.#state = 'reading';
    if (this.#rest === undefined) this.#tracked.enter('idle');
    this.#socket.resume();
    this.#read();
  }

  /**
   * Waits a little for the client to hang up first, since what it sent unread would else take the answer with it (RFC
   * 9112 §9.6); not for one that said that it sends nothing more.
   */
  #end(bytes?: Buffer, isLast = false): void {
    this.#state = 'ended';
    const hasAll = this.#isHalfClosed || (isLast && this.#rest === undefined);
    this.#rest = undefined;
    this.#tracked.enter('closing');
    this.#socket.resume();
    if (bytes === undefined) this.#socket.end();
    else this.#socket.end(bytes);
    if (hasAll) this.#socket.destroySoon();
  }
}
