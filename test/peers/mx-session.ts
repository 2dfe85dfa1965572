import type { Socket } from 'node:net';
import { type SecureContext, TLSSocket } from 'node:tls';

/** How an MX behaves. */
export type MxMode = (typeof MX_MODES)[number];

export const MX_MODES = [
  'starttls', // offers STARTTLS and takes mail with and without it
  'no-starttls', // does not offer it
  'starttls-refused', // offers it, then answers 454
  'tls-1.1', // offers it, knows nothing newer than TLS 1.1
  'tarpit', // greets for ever, a line a second
  'close-after-ehlo', // hangs up when the client has said EHLO
] as const;

/** A message that the MX took. */
export interface DeliveredMessage {
  readonly from: string;
  readonly to: readonly string[];
  /** The text as sent, dots unstuffed, CRLF kept. */
  readonly data: string;
  readonly ehlo: string;
  /** Absent when the message came in clear. */
  readonly tls?: { readonly version: string; readonly serverName: string | undefined };
  readonly clientAddress: string;
}

export interface SessionOptions {
  readonly mode: MxMode;
  readonly secureContext: SecureContext | undefined;
  readonly deliver: (message: DeliveredMessage) => void;
  /** Told of each command line; the message text is none. */
  readonly heard: (line: string) => void;
}

type Command = (session: MxSession, argument: string) => void;

/** One SMTP session (RFC 5321), with as little of the protocol as an MTA needs to deliver. */
export class MxSession {
  socket: Socket;
  ehlo = '';
  from = '';
  to: string[] = [];
  /** Lines of the message under way; undefined while commands are read. */
  data: string[] | undefined;
  readonly options: SessionOptions;

  constructor(socket: Socket, options: SessionOptions) {
    this.socket = socket;
    this.options = options;
    this.listen(socket);
    if (options.mode === 'tarpit') drip(socket);
    else this.say('220 mx.invalid ESMTP test peer');
  }

  say(...lines: readonly string[]): void {
    this.socket.write(lines.map((line) => `${line}\r\n`).join(''));
  }

  startTls(secureContext: SecureContext): void {
    const plain = this.socket;
    plain.removeAllListeners('data');
    this.socket = new TLSSocket(plain, { isServer: true, secureContext });
    this.ehlo = '';
    this.listen(this.socket);
  }

  private listen(source: Socket): void {
    let rest = '';
    source.on('error', () => source.destroy());
    source.on('data', (chunk) => {
      const lines = (rest + chunk.toString('latin1')).split('\r\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        // What came in clear behind STARTTLS is not read: it could be somebody else's.
        if (source === this.socket) this.readLine(line);
      }
    });
  }

  private readLine(line: string): void {
    if (this.data === undefined) this.readCommand(line);
    else if (line === '.') this.deliver(this.data);
    else this.data.push(line.startsWith('.') ? line.slice(1) : line);
  }

  private readCommand(line: string): void {
    this.options.heard(line);
    const verb = line.split(' ', 1)[0] ?? '';
    const command = COMMANDS.get(verb.toUpperCase());
    if (command === undefined) this.say('502 5.5.1 not implemented');
    else command(this, line.slice(verb.length).trim());
  }

  private deliver(lines: readonly string[]): void {
    const { from, to, ehlo, socket, options } = this;
    const data = lines.map((line) => `${line}\r\n`).join('');
    const clientAddress = socket.remoteAddress ?? '';
    options.deliver({ from, to, data, ehlo, ...tlsOf(socket), clientAddress });
    reset(this);
    this.say('250 2.0.0 taken');
  }
}

const COMMANDS: ReadonlyMap<string, Command> = new Map<string, Command>([
  ['EHLO', greet],
  ['HELO', (session, argument) => answerHelo(session, argument, ['250 mx.invalid'])],
  ['STARTTLS', startTls],
  ['MAIL', startMessage],
  ['RCPT', addRecipient],
  ['DATA', readData],
  ['RSET', (session) => session.say(reset(session))],
  ['NOOP', (session) => session.say('250 2.0.0 done')],
  ['QUIT', (session) => void session.socket.end('221 2.0.0 bye\r\n')],
]);

function greet(session: MxSession, argument: string): void {
  if (session.options.mode === 'close-after-ehlo') {
    session.socket.destroy();
    return;
  }
  const starttls = offersStarttls(session) ? ['250-STARTTLS'] : [];
  answerHelo(session, argument, ['250-mx.invalid', ...starttls, '250 8BITMIME']);
}

function answerHelo(session: MxSession, argument: string, lines: readonly string[]): void {
  reset(session);
  session.ehlo = argument;
  session.say(...lines);
}

function offersStarttls({ options, socket }: MxSession): boolean {
  return options.mode !== 'no-starttls' && !(socket instanceof TLSSocket);
}

function startTls(session: MxSession): void {
  const { mode, secureContext } = session.options;
  if (!offersStarttls(session)) {
    session.say('502 5.5.1 not offered');
  } else if (mode === 'starttls-refused' || secureContext === undefined) {
    session.say('454 4.7.0 TLS is not available for the moment');
  } else {
    session.say('220 2.0.0 begin');
    session.startTls(secureContext);
  }
}

function startMessage(session: MxSession, argument: string): void {
  reset(session);
  session.from = addressIn(argument);
  session.say('250 2.1.0 sender ok');
}

function addRecipient(session: MxSession, argument: string): void {
  session.to.push(addressIn(argument));
  session.say('250 2.1.5 recipient ok');
}

function readData(session: MxSession): void {
  session.data = [];
  session.say('354 go ahead');
}

function reset(session: MxSession): string {
  session.from = '';
  session.to = [];
  session.data = undefined;
  return '250 2.0.0 forgotten';
}

function drip(socket: Socket): void {
  const timer = setInterval(() => socket.write('220-one moment please\r\n'), 1000);
  socket.once('close', () => clearInterval(timer));
}

function addressIn(argument: string): string {
  return /<([^>]*)>/.exec(argument)?.[1] ?? '';
}

function tlsOf(socket: Socket): Pick<DeliveredMessage, 'tls'> {
  if (!(socket instanceof TLSSocket)) return {};
  // Node's types do not know this property of a server's socket; false stands for no SNI.
  const { servername } = socket as TLSSocket & { readonly servername?: string | false };
  const serverName = servername === false ? undefined : servername;
  return { tls: { version: socket.getProtocol() ?? 'none', serverName } };
}
