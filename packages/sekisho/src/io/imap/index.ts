/** A mailbox on an IMAP server: the port, the real one, and one for tests. */
export { createFakeImap, type FakeImap } from './fake-imap.ts';
export type {
  ImapMailbox,
  ImapMessageSize,
  OpenImapMailbox,
} from './imap-mailbox.ts';
export {
  createImapOpener,
  type ImapCredentials,
  type ImapServerOptions,
} from './create-imap-opener.ts';
export { readTokenFromCommand, type TokenCommand } from './read-token-from-command.ts';
