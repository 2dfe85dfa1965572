/** The doors by which reports come in: LMTP, a pipe, files and mailboxes, IMAP, and POST. */
export type { DoorCounter, DoorOutcome, DoorReport } from './door-report.ts';
export { type ImapDoor, type ImapDoorOptions, type ImapDoorStatus, startImapDoor } from './imap.ts';
export type { ImapPosition, ImapState } from './imap-position.ts';
export { type ImportCounts, type ImportOptions, importPath, type ImportSummary } from './import.ts';
export { createLmtpDoor, type LmtpDoorOptions } from './lmtp.ts';
export { acceptFromPipe, type PipeEnd, type PipeOptions } from './pipe.ts';
export type { PostAdmission, PostDoor, PostDoorOptions, PostReply } from './post-door.ts';
export type { PostHead } from './post-head.ts';
export {
  createPostListener,
  type PostHandler,
  type PostListener,
  type PostListenerOptions,
} from './post-listener.ts';
