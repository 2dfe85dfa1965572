import type { Socket } from 'node:net';
import type { WriteTurn } from '../write-turn/index.ts';
import type { Channel } from './channel.ts';
import { closeWhenSent } from './clear-channel.ts';
import type { Openssl, Pointer } from './openssl.ts';
import type { ServeTlsOptions } from './server-tls.ts';

/** A connection of OpenSSL, and the memory through which it takes and gives what is on the wire. */
export interface OpensslConnection {
  readonly ssl: Pointer;
  readonly inbox: Pointer;
  readonly outbox: Pointer;
}

/** More than a record, so that one call reads all of most of what arrives. */
const SCRATCH_BYTES = 32_768;
/** What OpenSSL reads and writes here is copied before the next call. */
const scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);
/** So much is not gathered until the end of a turn. */
const MOST_GATHERED_BYTES = 65_536;
const WANTS_MORE = 2;
const CLOSED_BY_PEER = 6;

/**
 * Lets OpenSSL speak on a socket, and frees the connection once when it is over. What is to be sent leaves at the end of
 * the turn, together and beside that of other connections: a ticket goes with the first answer, and a client that
 * sleeps is not woken for each.
 */
export function openTlsChannel(
  openssl: Openssl,
  writeTurn: WriteTurn,
  socket: Socket,
  { ssl, inbox, outbox }: OpensslConnection,
  { arrived, events }: Pick<ServeTlsOptions, 'arrived' | 'events'>,
): Channel {
  /** `last` has been said, and leaves at the end of the turn. */
  let state: 'handshake' | 'secured' | 'last' | 'free' = 'handshake';
  let hasEnded = false;
  /** The owner wants no data, or waits until it may write. */
  let isPaused = false;
  let isAwaited = false;
  let isFull = false;
  let gatheredBytes = 0;
  let isDue = false;
  let afterwards: (() => void) | undefined;

  const free = (): void => {
    if (state !== 'free') openssl.SSL_free(ssl);
    state = 'free';
  };

  const steer = (): void => {
    if (isPaused || isFull) socket.pause();
    else socket.resume();
  };

  /** Who does not take what we say is not listened to, since TLS itself answers to some of what a client sends. */
  const waitForDrain = (): void => {
    if (isFull) return;
    isFull = true;
    steer();
    socket.once('drain', () => {
      isFull = false;
      steer();
      const wasAwaited = isAwaited;
      isAwaited = false;
      if (wasAwaited) events.drained();
    });
  };

  const flush = (): void => {
    isDue = false;
    gatheredBytes = 0;
    if (state === 'free') return;
    for (let size = SCRATCH_BYTES; size === SCRATCH_BYTES; ) {
      size = openssl.BIO_read(outbox, scratch, SCRATCH_BYTES);
      if (size > 0 && !socket.write(Buffer.from(scratch.subarray(0, size)))) waitForDrain();
    }
    if (state !== 'last') return;
    free();
    afterwards?.();
  };

  const flushLater = (): void => {
    if (!isDue) writeTurn(flush);
    isDue = true;
  };

  const tellEnd = (): void => {
    if (hasEnded) return;
    hasEnded = true;
    events.ended();
  };

  /** An alert leaves, if there is one to send; what broke the protocol is the client's affair. */
  const breakOff = (): void => {
    state = 'last';
    afterwards = () => closeWhenSent(socket);
  };

  /** After a call that did not do what was asked. */
  const judge = (result: number): void => {
    const why = openssl.SSL_get_error(ssl, result);
    if (why === WANTS_MORE) return;
    if (why === CLOSED_BY_PEER) return tellEnd();
    breakOff();
  };

  const secure = (): void => {
    const result = openssl.SSL_do_handshake(ssl);
    if (result !== 1) {
      judge(result);
      // A session ends when its time is over, and is not made longer by being resumed.
      if (openssl.SSL_session_reused(ssl) === 1) openssl.SSL_set_num_tickets(ssl, 0);
      return;
    }
    state = 'secured';
    events.secured();
  };

  /** Each call reads one record, and leaves those behind it where they are. */
  const readAll = (): void => {
    while (state === 'secured' && openssl.BIO_ctrl_pending(inbox) > 0) {
      const size = openssl.SSL_read(ssl, scratch, SCRATCH_BYTES);
      if (size <= 0) return judge(size);
      events.data(Buffer.from(scratch.subarray(0, size)));
    }
  };

  const take = (bytes: Buffer): void => {
    if (state !== 'handshake' && state !== 'secured') return;
    openssl.ERR_clear_error();
    openssl.BIO_write(inbox, bytes, bytes.length);
    if (state === 'handshake') secure();
    readAll();
    flushLater();
  };

  const say = (bytes: Buffer): void => {
    if (state !== 'secured' || bytes.length === 0) return;
    openssl.ERR_clear_error();
    // Memory always has room: what is not taken is lost, and must not be followed by anything.
    if (openssl.SSL_write(ssl, bytes, bytes.length) <= 0) breakOff();
    gatheredBytes += bytes.length;
    if (gatheredBytes < MOST_GATHERED_BYTES) flushLater();
    else flush();
  };

  const finish = (bytes: Buffer | undefined, then: () => void): void => {
    if (bytes !== undefined) say(bytes);
    if (state === 'last' || state === 'free') return;
    openssl.ERR_clear_error();
    openssl.SSL_shutdown(ssl);
    state = 'last';
    afterwards = then;
    flushLater();
  };

  socket.on('data', take);
  socket.on('end', () => {
    if (state === 'handshake') socket.destroy();
    else tellEnd();
  });
  socket.on('close', free);
  take(arrived);

  return {
    get isClosed() {
      return state === 'last' || state === 'free' || socket.destroyed;
    },
    write(bytes) {
      say(bytes);
      isAwaited = isFull;
      return !isFull;
    },
    end: (bytes) => finish(bytes, () => socket.end()),
    close(bytes) {
      // Whoever ended before may still close.
      afterwards = () => closeWhenSent(socket);
      if (state === 'free') afterwards();
      else finish(bytes, afterwards);
    },
    pause() {
      isPaused = true;
      steer();
    },
    resume() {
      isPaused = false;
      steer();
    },
  };
}
