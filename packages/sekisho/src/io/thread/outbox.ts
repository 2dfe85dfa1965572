import type { MessagePort } from 'node:worker_threads';

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
