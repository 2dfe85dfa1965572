import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RECEIVERS, type Receiver } from './addresses.ts';
import { mailboxFolder } from './receivers.ts';

/** A message as a receiver got it. */
export interface Received {
  readonly mailbox: Receiver;
  readonly token: string;
  /** The receiver's own note, such as `TLSv1.3`; undefined: the message came in the clear. */
  readonly tlsVersion: string | undefined;
}

/** Everything that lies in any mailbox of the world. */
export function readMailboxes(receiversFolder: string): Received[] {
  return (Object.keys(RECEIVERS) as Receiver[]).flatMap((mailbox) => {
    const folder = mailboxFolder(receiversFolder, mailbox);
    if (!existsSync(folder)) return [];
    return readdirSync(folder).map((file) =>
      read(mailbox, readFileSync(join(folder, file), 'utf8')),
    );
  });
}

function read(mailbox: Receiver, text: string): Received {
  const head = text.slice(0, text.indexOf('\n\n'));
  // The topmost Received field is the receiver's; the next one is the sender's own.
  const received = /^Received: [^]*?(?=^\S)/m.exec(head)?.[0] ?? '';
  return {
    mailbox,
    token: /^X-Sekisho-Case: (.*)$/m.exec(head)?.[1] ?? '',
    tlsVersion: /\(using (\S+) with cipher/.exec(received)?.[1],
  };
}
