import type { MessagePort } from 'node:worker_threads';
import { createOutbox, failureOf, type FromThread, type ToThread, type Work } from './messages.ts';

/** The working side of a port, at work. */
export interface Served<W extends Work> {
  /** Tells the caller something unasked. */
  notify(notice: W['notice']): void;
}

/**
 * Carries out what comes through a port from a `Caller`, each request as soon as it arrives. The port does not keep
 * the thread alive.
 *
 * @param perform may throw or reject: the caller then hears why. Its signal tells that nobody waits any more.
 */
export function serveCalls<W extends Work>(
  port: MessagePort,
  perform: (request: W['request'], signal: AbortSignal) => Promise<W['answer']> | W['answer'],
): Served<W> {
  const send: (item: FromThread<W>) => void = createOutbox(port);
  const underWay = new Map<number, AbortController>();

  const work = async (seq: number, request: W['request']): Promise<void> => {
    const cancellation = new AbortController();
    underWay.set(seq, cancellation);
    try {
      send({ seq, answer: await perform(request, cancellation.signal) });
    } catch (error) {
      send({ seq, failure: failureOf(error) });
    } finally {
      underWay.delete(seq);
    }
  };
  port.on('message', (batch: readonly ToThread<W>[]) => {
    for (const item of batch) {
      if ('cancel' in item) underWay.get(item.cancel)?.abort();
      else void work(item.seq, item.request);
    }
  });
  port.unref();
  return { notify: (notice) => send({ notice }) };
}
