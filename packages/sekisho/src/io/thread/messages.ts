import type { MessagePort } from 'node:worker_threads';
import { IoError } from '../error.ts';

/** What a thread does for another: what it is asked, what it answers, and what it says unasked; all of it data. */
export interface Work {
  readonly request: unknown;
  readonly answer: unknown;
  readonly notice: unknown;
}

/** To the thread that works: calls, each with its number, or the number of one that nobody waits for any more. */
export type ToThread<W extends Work> =
  | { readonly seq: number; readonly request: W['request'] }
  | { readonly cancel: number };

/** From it: what became of a call, or something that nobody asked for. */
export type FromThread<W extends Work> =
  | { readonly seq: number; readonly answer: W['answer'] }
  | { readonly seq: number; readonly failure: Failure }
  | { readonly notice: W['notice'] };

/** An `IoError` as data: an `Error` that crosses loses its code. */
export type Failure = Pick<IoError, 'code' | 'message' | 'temporary'>;

/** What was thrown, as data; anything but an `IoError` is a defect of the work, and `thread-failed`. */
export function failureOf(error: unknown): Failure {
  if (error instanceof IoError) {
    const { code, message, temporary } = error;
    return { code, message, temporary };
  }
  const message = `Cannot finish work in its thread: ${String(error)}`;
  return { code: 'thread-failed', message, temporary: false };
}

export function errorOf({ code, message, temporary }: Failure): IoError {
  return new IoError(code, message, { temporary });
}

/**
 * Sends what is given within a turn of the event loop in one message: each message wakes the other thread, which costs
 * more than what is in it.
 */
export function createOutbox(port: MessagePort): (item: unknown) => void {
  let items: unknown[] = [];
  const send = (): void => {
    const batch = items;
    items = [];
    port.postMessage(batch);
  };
  return (item) => {
    if (items.push(item) === 1) setImmediate(send);
  };
}
