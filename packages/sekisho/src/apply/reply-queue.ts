import type { Reply } from './responder.ts';

/** Replies of one connection, which leave in the order of their requests. */
export interface ReplyQueue {
  /** Requests that wait for an answer, their own or an earlier one's. */
  readonly waiting: number;
  push(answer: Reply | Promise<Reply>, sinceMs: number): void;
}

interface Pending {
  reply: Reply | undefined;
  readonly sinceMs: number;
}

/** @param leave is given each reply, once it is known and its turn has come. */
export function createReplyQueue(leave: (reply: Reply, sinceMs: number) => void): ReplyQueue {
  const queue: Pending[] = [];
  const release = (): void => {
    for (let first = queue[0]; first?.reply !== undefined; first = queue[0]) {
      queue.shift();
      leave(first.reply, first.sinceMs);
    }
  };
  return {
    get waiting() {
      return queue.length;
    },
    push(answer, sinceMs) {
      // Nearly always: known at once, and nobody before it.
      if (queue.length === 0 && !(answer instanceof Promise)) {
        leave(answer, sinceMs);
        return;
      }
      const pending: Pending = { reply: undefined, sinceMs };
      queue.push(pending);
      const settle = (reply: Reply): void => {
        pending.reply = reply;
        release();
      };
      if (answer instanceof Promise) void answer.then(settle);
      else settle(answer);
    },
  };
}
