import type { OpenChannel } from '../../io/tls/index.ts';
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
export function serveHttp(
  open: OpenChannel,
  tracked: Tracked,
  options: HttpConnectionOptions,
): void {
  let rest: Buffer | undefined;
  let state: 'reading' | 'answering' | 'ended' = 'reading';
  let isHalfClosed = false;
  let isWaiting = false;
  let requests = 0;

  const read = (): void => {
    while (state === 'reading' && rest !== undefined) {
      const reading = readRequestHead(rest);
      if (reading.kind === 'partial') return beginWait();
      if (reading.kind === 'bad') return send({ status: reading.status }, undefined);
      const { sizeBytes } = reading.head;
      rest = sizeBytes === rest.length ? undefined : rest.subarray(sizeBytes);
      answer(reading.head);
    }
    if (isHalfClosed && state === 'reading') end();
  };

  /** The time for a request runs from its first byte on, not from its latest. */
  const beginWait = (): void => {
    if (isWaiting) return;
    isWaiting = true;
    tracked.enter('request');
  };

  const answer = (head: RequestHead): void => {
    state = 'answering';
    isWaiting = false;
    tracked.enter('answering');
    const respond = async (): Promise<Response> => options.respond(head, options.addressOf(head));
    respond().then(
      (response) => send(response, head),
      (error: unknown) => {
        options.failed(error);
        send({ status: 503 }, head);
      },
    );
  };

  const send = (response: Response, head: RequestHead | undefined): void => {
    if (channel.isClosed) return;
    requests += 1;
    options.answered(response.status);
    const closes =
      head?.isPersistent !== true || requests >= options.mostRequests || options.isStopping();
    const form = { withBody: head?.method !== 'HEAD', closes, nowMs: options.now() };
    const bytes = formatResponse(response, form);
    if (closes) return end(bytes, head?.isPersistent === false && !head.hasBody);
    // A client that does not take its answers is not asked for more until it has.
    if (channel.write(bytes)) next();
  };

  const next = (): void => {
    state = 'reading';
    if (rest === undefined) tracked.enter('idle');
    channel.resume();
    read();
  };

  /**
   * Waits a little for the client to hang up first, since what it sent unread would else take the answer with it (RFC
   * 9112 §9.6); not for one that said that it sends nothing more.
   */
  const end = (bytes?: Buffer, isLast = false): void => {
    state = 'ended';
    const hasAll = isHalfClosed || (isLast && rest === undefined);
    rest = undefined;
    tracked.enter('closing');
    channel.resume();
    if (hasAll) channel.close(bytes);
    else channel.end(bytes);
  };

  const channel = open({
    data(chunk) {
      rest = rest === undefined ? chunk : Buffer.concat([rest, chunk]);
      if (state === 'reading') read();
      else if (rest.length > LONGEST_HEAD_BYTES) channel.pause();
    },
    ended() {
      isHalfClosed = true;
      if (state === 'reading') end();
      else if (state === 'ended') channel.close();
    },
    drained: next,
  });
}
