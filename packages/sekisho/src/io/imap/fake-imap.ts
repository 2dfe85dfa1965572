import { IoError } from '../error.ts';
import type { ImapMailbox, OpenImapMailbox } from './imap-mailbox.ts';

/** A mailbox in memory, for tests. */
export interface FakeImap {
  readonly open: OpenImapMailbox;
  uidValidity: string;
  /** Messages by UID. */
  readonly messages: Map<number, Uint8Array>;
  /** Adds a message and tells whoever waits. */
  deliver(uid: number, bytes: Uint8Array): void;
  /** What was done, such as `fetch 3`. */
  readonly log: readonly string[];
  /** Thrown by the next calls of `open`, one each. */
  readonly openErrors: IoError[];
  /** Ends the connections that are open. */
  lose(): void;
}

export function createFakeImap(): FakeImap {
  const messages = new Map<number, Uint8Array>();
  const log: string[] = [];
  const openErrors: IoError[] = [];
  const waiting = new Set<(error?: IoError) => void>();
  let isLost = false;
  const lost = (): IoError => new IoError('imap-lost', 'Cannot go on: lost', { temporary: true });
  const check = (what: string): void => {
    log.push(what);
    if (isLost) throw lost();
  };
  const createMailbox = (): ImapMailbox => ({
    uidValidity: fake.uidValidity,
    async *listAfter(after) {
      check(`list ${after}`);
      const uids = [...messages.keys()].filter((uid) => uid > after).sort((a, b) => a - b);
      for (const uid of uids) yield { uid, sizeBytes: messages.get(uid)?.length ?? 0 };
    },
    async fetch(uid, largestBytes) {
      check(`fetch ${uid}`);
      const bytes = messages.get(uid);
      return bytes !== undefined && bytes.length > largestBytes ? 'too-large' : bytes;
    },
    async markSeen(uid) {
      check(`seen ${uid}`);
    },
    async moveTo(uid, mailbox) {
      check(`move ${uid} ${mailbox}`);
      messages.delete(uid);
    },
    waitForNews: (_timeoutMs, signal) =>
      new Promise((resolve, reject) => {
        check('wait');
        if (signal.aborted) return resolve();
        const wake = (error?: IoError): void => {
          waiting.delete(wake);
          if (error === undefined) resolve();
          else reject(error);
        };
        waiting.add(wake);
        signal.addEventListener('abort', () => wake());
      }),
    async close() {
      log.push('close');
    },
  });
  const fake: FakeImap = {
    uidValidity: '1',
    messages,
    log,
    openErrors,
    async open() {
      log.push('open');
      const error = openErrors.shift();
      if (error !== undefined) throw error;
      isLost = false;
      return createMailbox();
    },
    deliver(uid, bytes) {
      messages.set(uid, bytes);
      for (const wake of waiting) wake();
    },
    lose() {
      isLost = true;
      for (const wake of waiting) wake(lost());
    },
  };
  return fake;
}
