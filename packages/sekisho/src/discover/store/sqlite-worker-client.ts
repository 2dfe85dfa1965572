import type { Worker } from 'node:worker_threads';
import type { IoError } from '../../io/error.ts';
import type { StoreReply, StoreRequest } from './sqlite-batch.ts';
import type { FromWorker, ToWorker } from './sqlite-worker-protocol.ts';
import { type StoreFailure, storeError } from './store-error.ts';
import { isWrite, type StoreCall } from './sync-policy-store.ts';

/**
 * Calls that the worker may have at once, and so in one transaction: enough to share one sync of the disk among many,
 * few enough that their texts (64 KiB each, RFC 8461 §3.3) fit into its memory.
 */
const MAX_UNDER_WAY = 256;

const WRITES_WAIT_MS = 2;

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: IoError) => void;
}

/** This side of the worker: numbers the calls, sends those of one turn in one message, settles them in order. */
export class SqliteWorkerClient {
  /** Settled once the worker has opened the file, or has ended without. */
  readonly opened: Promise<void>;
  readonly #worker: Worker;
  readonly #file: string;
  readonly #waiting = new Map<number, Waiting>();
  readonly #ended: Promise<void>;
  readonly #outgoing: StoreRequest[] = [];
  #timer: NodeJS.Timeout | undefined;
  #isFlushing = false;
  #seq = 0;
  #isOpen = false;
  #closing = false;
  #closeSent = false;
  /** Why nothing can be called any more. */
  #failure: StoreFailure | undefined;

  constructor(worker: Worker, file: string, onError?: (error: IoError) => void) {
    this.#worker = worker;
    this.#file = file;
    this.opened = new Promise((resolve, reject) => {
      worker.on('message', (message: FromWorker) => {
        if (message.kind === 'open') {
          this.#isOpen = true;
          resolve();
        } else if (message.kind === 'not-open') {
          this.#failure = message.failure;
        } else {
          this.#settle(message.replies);
        }
      });
      worker.on('exit', () => reject(storeError(this.#rejectAll(onError))));
    });
    this.#ended = new Promise((resolve) => {
      worker.on('exit', () => resolve());
    });
    worker.on('error', (error) => this.#fail(`its thread died: ${String(error)}`));
  }

  async call(call: StoreCall): Promise<unknown> {
    const failure = this.#failure ?? (this.#closing ? this.#closed() : undefined);
    if (failure !== undefined) {
      throw storeError(failure);
    }
    this.#seq += 1;
    const seq = this.#seq;
    const promise = new Promise((resolve, reject) => {
      this.#waiting.set(seq, { resolve, reject });
    });
    this.#outgoing.push({ seq, call });
    this.#flushSoon(isWrite(call));
    return promise;
  }

  /**
   * Each message wakes the thread, which costs more than most calls, and each batch of writes one sync of the disk. So
   * one message takes all calls of a turn, and writes alone wait a moment for company.
   */
  #flushSoon(canWait: boolean): void {
    if (canWait) {
      this.#timer ??= setTimeout(() => this.#flush(), WRITES_WAIT_MS);
    } else if (!this.#isFlushing) {
      this.#isFlushing = true;
      setImmediate(() => this.#flush());
    }
  }

  async close(): Promise<void> {
    this.#closing = true;
    this.#flush();
    await this.#ended;
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isFlushing = false;
    const underWay = this.#waiting.size - this.#outgoing.length;
    const requests = this.#outgoing.splice(0, MAX_UNDER_WAY - underWay);
    if (requests.length > 0) {
      this.#post(requests);
    }
    if (this.#closing && this.#outgoing.length === 0 && !this.#closeSent) {
      this.#closeSent = true;
      this.#post('close');
    }
  }

  #post(message: ToWorker): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    this.#worker.postMessage(message);
  }

  #settle(replies: readonly StoreReply[]): void {
    for (const reply of replies) {
      const waiting = this.#waiting.get(reply.seq);
      this.#waiting.delete(reply.seq);
      if ('failure' in reply) {
        waiting?.reject(storeError(reply.failure));
      } else {
        waiting?.resolve(reply.value);
      }
    }
    this.#flush();
  }

  /** Whether the pending writes reached the disk is not known; the caller must not take them as written. */
  #rejectAll(onError?: (error: IoError) => void): StoreFailure {
    const asked = this.#failure ?? (this.#closing ? this.#closed() : undefined);
    const failure = asked ?? this.#fail('its thread ended');
    for (const { reject } of this.#waiting.values()) {
      reject(storeError(failure));
    }
    this.#waiting.clear();
    if (this.#isOpen && failure.code !== 'store-closed') {
      onError?.(storeError(failure));
    }
    return failure;
  }

  #fail(reason: string): StoreFailure {
    const message = `Cannot use policy store "${this.#file}": ${reason}; restart sekisho`;
    this.#failure ??= { code: 'store-failed', message, temporary: false };
    return this.#failure;
  }

  #closed(): StoreFailure {
    const message = `Cannot use policy store "${this.#file}": it is closed`;
    return { code: 'store-closed', message, temporary: false };
  }
}
