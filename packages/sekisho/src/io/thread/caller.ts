import type { MessagePort } from 'node:worker_threads';
import { IoError } from '../error.ts';
import type { FromThread, ToThread, Work } from './messages.ts';
import { createOutbox } from './outbox.ts';

/** This side of a thread that works for us. */
export interface Caller<W extends Work> {
  /**
   * Sends a request, which must be data; the signal asks the thread to break it off, and its answer is still waited for.
   *
   * @throws {IoError} `thread-failed` if the work threw, `thread-ended` if the thread is gone.
   */
  readonly call: (request: W['request'], signal?: AbortSignal) => Promise<W['answer']>;
  /** Lets go of the thread; what is under way fails with `thread-ended`. */
  readonly close: () => void;
}

interface Waiting<Answer> {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: IoError) => void;
}

/**
 * Makes the calling side of a port whose other end is served by `serveCalls`.
 *
 * @param onNotice is told what the thread says unasked.
 */
export function createCaller<W extends Work>(
  port: MessagePort,
  onNotice: (notice: W['notice']) => void = () => undefined,
): Caller<W> {
  const waiting = new Map<number, Waiting<W['answer']>>();
  const send: (item: ToThread<W>) => void = createOutbox(port);
  let lastSeq = 0;
  let isOpen = true;

  const settle = (item: FromThread<W>): void => {
    if ('notice' in item) {
      onNotice(item.notice);
      return;
    }
    const its = waiting.get(item.seq);
    waiting.delete(item.seq);
    if ('failure' in item) its?.reject(failed(item.failure));
    else its?.resolve(item.answer);
  };
  const end = (): void => {
    isOpen = false;
    for (const { reject } of waiting.values()) reject(ended());
    waiting.clear();
  };
  port.on('message', (batch: readonly FromThread<W>[]) => batch.forEach(settle));
  port.on('close', end);

  return {
    call(request, signal) {
      if (!isOpen) return Promise.reject(ended());
      lastSeq += 1;
      const seq = lastSeq;
      send({ seq, request });
      return new Promise<W['answer']>((resolve, reject) => {
        const cancel = (): void => send({ cancel: seq });
        const forget = (): void => signal?.removeEventListener('abort', cancel);
        waiting.set(seq, {
          resolve: (answer) => (forget(), resolve(answer)),
          reject: (error) => (forget(), reject(error)),
        });
        if (signal?.aborted === true) cancel();
        else signal?.addEventListener('abort', cancel);
      });
    },
    close() {
      end();
      port.close();
    },
  };
}

const failed = (reason: string): IoError =>
  new IoError('thread-failed', `Cannot finish work in its thread: ${reason}`, { temporary: false });

const ended = (): IoError =>
  new IoError('thread-ended', 'Cannot finish work: its thread has ended', { temporary: true });
