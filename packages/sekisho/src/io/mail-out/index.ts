/** Mail to the operator's own mail server: by SMTP, by the `sendmail` command, and by a fake for tests. */
export { createSendmailMailOut, type SendmailMailOutOptions } from './create-sendmail-mail-out.ts';
export { createSmtpMailOut } from './create-smtp-mail-out.ts';
export { createFakeMailOut, type FakeMailOut } from './fake-mail-out.ts';
export type { HandOverOptions, MailHandOver, MailOut, OutgoingMail } from './mail-out.ts';
export type { MailTls, SmtpMailOutOptions } from './smtp-session.ts';
