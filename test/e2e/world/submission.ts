import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

/** One message to hand over. */
export interface Message {
  readonly recipient: string;
  /** Goes into the header, so that the message can be told apart in a mailbox. */
  readonly token: string;
  /** Header and body with CRLF, no line of which begins with a dot; default: a short text with the token. */
  readonly text?: string;
}

/** Who sends every message of the closed world. */
const SENDER_ADDRESS = 'sender@sender.test';

/** Hands messages to Postfix by SMTP over the Unix socket at `path`. @throws Error when one is refused. */
export async function submit(path: string, messages: readonly Message[]): Promise<void> {
  const socket = connect(path);
  await once(socket, 'connect');
  const replies = createInterface({ input: socket })[Symbol.asyncIterator]();
  const expect = (status: string) => expectReply(replies, status);
  await expect('220');
  await command(socket, 'EHLO sender.test', expect, '250');
  for (const { recipient, token, text = usualText(recipient, token) } of messages) {
    // RFC 6531 for mailboxes whose domain is written in its own script.
    const utf8 = /[^\x20-\x7e]/.test(recipient) ? ' SMTPUTF8' : '';
    await command(socket, `MAIL FROM:<${SENDER_ADDRESS}>${utf8}`, expect, '250');
    await command(socket, `RCPT TO:<${recipient}>`, expect, '250');
    await command(socket, 'DATA', expect, '354');
    await command(socket, `${text}\r\n.`, expect, '250');
  }
  socket.end('QUIT\r\n');
}

async function command(
  socket: Socket,
  line: string,
  expect: (status: string) => Promise<void>,
  status: string,
): Promise<void> {
  socket.write(`${line}\r\n`);
  await expect(status);
}

async function expectReply(replies: AsyncIterator<string>, status: string): Promise<void> {
  for (;;) {
    const { value, done } = await replies.next();
    if (done === true) throw new Error('Cannot submit: Postfix ended the connection');
    if (!value.startsWith(status)) throw new Error(`Cannot submit: Postfix said "${value}"`);
    if (value.charAt(3) !== '-') return;
  }
}

function usualText(recipient: string, token: string): string {
  return [
    `From: <${SENDER_ADDRESS}>`,
    `To: <${recipient}>`,
    'Subject: only for the mailbox that the policy allows',
    `X-Sekisho-Case: ${token}`,
    '',
    'Dear reader, if you are not whom this is for, MTA-STS was missing.',
  ].join('\r\n');
}
