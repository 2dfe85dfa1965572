import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readMailboxes } from '../../world/mailboxes.ts';
import type { Sender } from '../../world/sender.ts';
import { waitFor } from '../../world/wait-for.ts';
import { type Observed, observe } from '../../world/whereabouts.ts';

/** What became of a message, and whether Postfix says that it verified the MX host as the policy demands. */
export type Fate = Observed & { readonly verified: boolean };

/** Sends mail and finds out where it is: by mailboxes and queue. */
export interface Mail {
  /** Sends one message and looks where it is once it has been tried. */
  send(recipient: string): Promise<Fate>;
  /** Tries everything in the queue again and waits until all of it is delivered. */
  deliverQueue(): Promise<void>;
  /** Tokens of all messages sent so far, in order. */
  readonly sent: readonly string[];
  /** Where each copy of a message lies and how it came. */
  fateOf(token: string): Observed;
}

export function createMail(sender: Sender, receiversFolder: string, name: string): Mail {
  const sent: string[] = [];
  const recipients = new Map<string, string>();
  const fateOf = (token: string): Observed => {
    const copies = readMailboxes(receiversFolder).filter((copy) => copy.token === token);
    const recipient = recipients.get(token);
    return observe(
      copies,
      sender.queue().find((queued) => queued.recipient === recipient),
    );
  };
  const logFile = join(sender.folder, 'mail.log');
  return {
    sent,
    fateOf,
    async send(to) {
      const token = `${name}-${sent.length + 1}`;
      // Recipients of their own tell messages apart in the queue.
      const recipient = to.replace('@', `-${token}@`);
      sent.push(token);
      recipients.set(token, recipient);
      const logged = readFileSync(logFile, 'utf8').length;
      await sender.send([{ recipient, token }]);
      await waitFor(`message ${token} to be tried`, () => fateOf(token).kind !== 'astray', {
        withinMs: 30_000,
        everyMs: 100,
      });
      const log = readFileSync(logFile, 'utf8').slice(logged);
      const verified = /: Verified TLS connection established to /.test(log);
      return { ...fateOf(token), verified };
    },
    async deliverQueue() {
      sender.flush();
      await waitFor('the queue to be delivered', () => sender.queue().length === 0);
    },
  };
}
