import type { MessagePort } from 'node:worker_threads';
import { IoError } from '../error.ts';
import { createOutbox, errorOf, type FromThread, type ToThread, type Work } from './messages.ts';

/** What differs between callers. */
export interface CallerOptions<W extends Work> {
  /** Is told what the thread says unasked. */
  readonly onNotice?: (notice: W['notice']) => void;
  /** Calls that the thread has at once; what is beyond waits on this side, in order. Default: no limit. */
  readonly mostUnderWay?: number;
}

interface Call<W extends Work> {
  readonly request: W['request'];
  readonly signal: AbortSignal | undefined;
  readonly resolve: (answer: W['answer']) => void;
  readonly reject: (error: IoError) => void;
  /** Asks the thread to break it off, once it was sent. */
  readonly cancel: () => void;
}

/** This side of a thread that works for us; the other end of the port is served by `serveCalls`. */
export class Caller<W extends Work> {
  readonly #port: MessagePort;
  readonly #send: (item: ToThread<W>) => void;
  readonly #onNotice: (notice: W['notice']) => void;
  readonly #mostUnderWay: number;
  /** By their number, in the order in which they were made; the thread has the first `#mostUnderWay`. */
  readonly #calls = new Map<number, Call<W>>();
  readonly #unsent: number[] = [];
  #lastSeq = 0;
  #isOpen = true;

  constructor(port: MessagePort, options: CallerOptions<W> = {}) {
    this.#port = port;
    this.#send = createOutbox(port);
    this.#onNotice = options.onNotice ?? (() => undefined);
    this.#mostUnderWay = options.mostUnderWay ?? Number.POSITIVE_INFINITY;
    port.on('message', (batch: readonly FromThread<W>[]) => {
      for (const item of batch) this.#settle(item);
    });
    port.on('close', () => this.#end());
  }

  /**
   * Sends a request, which must be data; the signal asks the thread to break it off, and its answer is still waited for.
   *
   * @throws {IoError} the one that the work threw; `thread-failed` if it threw anything else, `thread-ended` if the
   * thread is gone.
   */
  call(request: W['request'], signal?: AbortSignal): Promise<W['answer']> {
    if (!this.#isOpen) return Promise.reject(ended());
    this.#lastSeq += 1;
    const seq = this.#lastSeq;
    return new Promise<W['answer']>((resolve, reject) => {
      const cancel = (): void => this.#send({ cancel: seq });
      this.#calls.set(seq, { request, signal, resolve, reject, cancel });
      this.#unsent.push(seq);
      this.#sendSome();
    });
  }

  /** Lets go of the thread; what is under way fails with `thread-ended`. */
  close(): void {
    this.#end();
    this.#port.close();
  }

  #sendSome(): void {
    while (this.#calls.size - this.#unsent.length < this.#mostUnderWay) {
      const seq = this.#unsent.shift();
      const call = seq === undefined ? undefined : this.#calls.get(seq);
      if (seq === undefined || call === undefined) return;
      this.#send({ seq, request: call.request });
      if (call.signal?.aborted === true) call.cancel();
      else call.signal?.addEventListener('abort', call.cancel);
    }
  }

  #settle(item: FromThread<W>): void {
    if ('notice' in item) {
      this.#onNotice(item.notice);
      return;
    }
    const call = this.#forget(item.seq);
    if ('failure' in item) call?.reject(errorOf(item.failure));
    else call?.resolve(item.answer);
    this.#sendSome();
  }

  #forget(seq: number): Call<W> | undefined {
    const call = this.#calls.get(seq);
    this.#calls.delete(seq);
    call?.signal?.removeEventListener('abort', call.cancel);
    return call;
  }

  #end(): void {
    this.#isOpen = false;
    this.#unsent.length = 0;
    for (const seq of this.#calls.keys()) this.#forget(seq)?.reject(ended());
  }
}

const ended = (): IoError =>
  new IoError('thread-ended', 'Cannot finish work: its thread has ended', { temporary: true });
