import type { Clock } from '../clock/index.ts';
import type { LmtpLimits } from './lmtp-message.ts';

/** As much of a connection as is needed here. */
export interface LmtpConnection {
  readonly id: string;
  send(code: number, text: string): void;
  readonly _socket: { destroy(): void };
}

/** What is known of one connection. */
export interface Dialogue {
  /** RCPT commands that were accepted since MAIL FROM. */
  recipients: number;
  /** A message begins; the function returned says that it is in. Cuts the connection when it takes too long. */
  beginMessage(): () => void;
  /** Sends the reply, and ends the connection where its time is over. */
  endMessage(reply: () => void): void;
}

/** The connections of a server, each with its deadline. */
export interface Dialogues {
  open(connection: LmtpConnection): void;
  of(id: string): Dialogue;
  forget(id: string): void;
  /** Ends those without a message under way, and the others after their reply. */
  finish(): void;
  cutAll(): void;
}

interface Entry extends Dialogue {
  readonly end: () => void;
  readonly cut: () => void;
  isBusy: boolean;
  isOver: boolean;
  readonly cancel: () => void;
}

const CLOSING = 'closing the connection';

export function createDialogues(clock: Clock, limits: LmtpLimits): Dialogues {
  const entries = new Map<string, Entry>();
  let isFinishing = false;

  const expire = (entry: Entry): void => {
    entry.isOver = true;
    if (!entry.isBusy) entry.end();
  };

  const createEntry = (connection: LmtpConnection): Entry => {
    const cut = (): void => connection._socket.destroy();
    const entry: Entry = {
      recipients: 0,
      isBusy: false,
      isOver: isFinishing,
      end: () => connection.send(421, CLOSING),
      cut,
      cancel: clock.after(limits.connectionMs, () => expire(entry)),
      beginMessage() {
        entry.isBusy = true;
        return clock.after(limits.messageMs, cut);
      },
      endMessage(reply) {
        entry.isBusy = false;
        reply();
        // The reply is written first: both go through the same socket.
        if (entry.isOver) entry.end();
      },
    };
    return entry;
  };

  return {
    open(connection) {
      const entry = createEntry(connection);
      entries.set(connection.id, entry);
      if (isFinishing) entry.end();
    },
    of(id) {
      const entry = entries.get(id);
      if (entry === undefined) throw new TypeError('Cannot find an LMTP connection: it is closed');
      return entry;
    },
    forget(id) {
      entries.get(id)?.cancel();
      entries.delete(id);
    },
    finish() {
      isFinishing = true;
      for (const entry of entries.values()) expire(entry);
    },
    cutAll() {
      for (const entry of entries.values()) entry.cut();
    },
  };
}
