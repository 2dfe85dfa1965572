/** Mail from the MTA beside us, over LMTP (RFC 2033). */
export {
  createLmtpServer,
  type LmtpListenTarget,
  type LmtpServer,
  type LmtpServerOptions,
} from './create-lmtp-server.ts';
export type { LmtpLimits } from './lmtp-message.ts';
export type { LmtpMessage, LmtpReply } from './lmtp-message.ts';
