/** Mailboxes on the disk: Maildir and mbox, read a message at a time. */
export type { MailboxItem } from './mailbox-item.ts';
export { mailboxError } from './mailbox-item.ts';
export { markMaildirSeen } from './maildir.ts';
export { type MaildirMessage, readMaildir } from './maildir.ts';
export { type MboxOptions, type MboxQuoting, readMbox } from './mbox.ts';
export { readWholeFile } from './mailbox-item.ts';
export { createMaildirState, type MaildirState } from './maildir.ts';
