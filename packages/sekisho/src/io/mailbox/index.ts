/** Mailboxes on the disk: Maildir and mbox, read a message at a time. */
export type { MailboxItem } from './mailbox-item.ts';
export { mailboxError } from './mailbox-error.ts';
export { markMaildirSeen } from './mark-maildir-seen.ts';
export { type MaildirMessage, readMaildir } from './read-maildir.ts';
export { type MboxOptions, type MboxQuoting, readMbox } from './read-mbox.ts';
export { readWholeFile } from './read-whole-file.ts';
export { createMaildirState, type MaildirState } from './maildir-state.ts';
