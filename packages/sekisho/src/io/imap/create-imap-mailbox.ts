import type { ImapFlow } from 'imapflow';
import type { Clock } from '../clock/index.ts';
import { IoError } from '../error.ts';
import { type ImapMailbox, type ImapMessageSize, toImapError, withinTime } from './imap-mailbox.ts';

export interface ImapMailboxOptions {
  /** The server, escaped. */
  readonly where: string;
  readonly clock: Clock;
  readonly commandMs: number;
}

/** Sizes are asked for in groups: their answers are held in memory. */
const GROUP = 200;
const GOODBYE_MS = 5000;

/** Wraps a client whose mailbox is selected. */
export function createImapMailbox(client: ImapFlow, options: ImapMailboxOptions): ImapMailbox {
  const { where, clock, commandMs } = options;
  const hangUp = (): void => client.close();

  const ask = async <T>(action: string, command: () => Promise<T>): Promise<T> => {
    try {
      return await withinTime(clock, commandMs, hangUp, command());
    } catch (error) {
      throw toImapError(action, where, error);
    }
  };
  const refused = (action: string): IoError =>
    new IoError('imap-failed', `Cannot ${action} at ${where}: server refused it`, {
      temporary: false,
    });

  const findUids = async (after: number): Promise<readonly number[]> => {
    const action = 'list messages';
    const query = { uid: `${after + 1}:*` };
    const found = await ask(action, () => client.search(query, { uid: true }));
    if (found === false || found === undefined) throw refused(action);
    // `*` is the last message, also where that has a lower UID.
    return found.filter((uid) => uid > after).sort((a, b) => a - b);
  };

  async function* listAfter(after: number): AsyncGenerator<ImapMessageSize> {
    const uids = await findUids(after);
    for (let start = 0; start < uids.length; start += GROUP) {
      const group = uids.slice(start, start + GROUP);
      const messages = await ask('list messages', () =>
        client.fetchAll(group.join(','), { uid: true, size: true }, { uid: true }),
      );
      const sizes = new Map(messages.map(({ uid, size = 0 }) => [uid, size]));
      for (const uid of group) yield { uid, sizeBytes: sizes.get(uid) ?? 0 };
    }
  }

  return {
    uidValidity: client.mailbox === false ? '' : client.mailbox.uidValidity.toString(),
    listAfter,
    async fetch(uid, largestBytes) {
      // The size that was listed is not relied on: a byte more than allowed is asked for.
      const source = { start: 0, maxLength: largestBytes + 1 };
      const found = await ask('fetch a message', () =>
        client.fetchOne(String(uid), { uid: true, source }, { uid: true }),
      );
      if (!found || found.source === undefined) return undefined;
      return found.source.length > largestBytes ? 'too-large' : found.source;
    },
    async markSeen(uid) {
      const action = 'mark a message';
      const isDone = await ask(action, () =>
        client.messageFlagsAdd(String(uid), ['\\Seen'], { uid: true }),
      );
      if (!isDone) throw refused(action);
    },
    async moveTo(uid, mailbox) {
      const action = 'move a message';
      // Without MOVE (RFC 6851) it would be a copy and an EXPUNGE, which takes with it what others have marked as deleted.
      if (!client.capabilities.has('MOVE')) throw refused(action);
      const moved = await ask(action, () =>
        client.messageMove(String(uid), mailbox, { uid: true }),
      );
      if (moved === false) throw refused(action);
    },
    waitForNews: (timeoutMs, signal) => waitForNews(client, { ...options, timeoutMs, signal }),
    async close() {
      try {
        await withinTime(clock, GOODBYE_MS, hangUp, client.logout());
      } catch {
        // Goodbye was all that was left to say.
        hangUp();
      }
    },
  };
}

interface Wait extends ImapMailboxOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Idles where the server can, and ends the IDLE with a command of no effect; elsewhere time alone passes. */
async function waitForNews(client: ImapFlow, wait: Wait): Promise<void> {
  const { where, clock, timeoutMs, signal, commandMs } = wait;
  if (signal.aborted) return;
  const hangUp = (): void => client.close();
  let stop = (): void => undefined;
  const ended = new Promise<void>((resolve, reject) => {
    const lost = (): void => reject(toImapError('wait for mail', where, { code: 'NoConnection' }));
    const cancel = clock.after(timeoutMs, resolve);
    client.on('exists', resolve);
    client.on('close', lost);
    signal.addEventListener('abort', () => resolve(), { once: true });
    stop = () => {
      cancel();
      client.off('exists', resolve);
      client.off('close', lost);
    };
    if (!client.usable) lost();
  });
  try {
    // Its failure is told by `close`, or by the command that follows.
    if (client.capabilities.has('IDLE')) client.idle().catch(() => undefined);
    await ended;
    if (client.idling) await withinTime(clock, commandMs, hangUp, client.noop());
  } catch (error) {
    throw toImapError('wait for mail', where, error);
  } finally {
    stop();
  }
}
