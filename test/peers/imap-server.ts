import { type AddressInfo, createServer, type Socket } from 'node:net';

/** How the peer misbehaves. */
export type ImapFault =
  /** Says nothing at all. */
  | 'silent'
  /** A greeting without an end. */
  | 'endless-line'
  /** Sends each message twenty times as long as it is listed. */
  | 'false-size'
  /** Announces a literal of a terabyte. */
  | 'giant-literal'
  /** Hangs up on the first FETCH of a body. */
  | 'hang-up';

export interface ImapServerPeer {
  readonly port: number;
  /** Messages by UID; the one mailbox is INBOX. */
  readonly messages: Map<number, string>;
  /** Commands as they came, without their tags. */
  readonly commands: readonly string[];
  /** Tells a client that idles of a new message. */
  deliver(uid: number, text: string): void;
  readonly close: () => Promise<void>;
}

/** A small IMAP server without TLS: one user, password `secret`. */
export async function startImapServer(fault?: ImapFault): Promise<ImapServerPeer> {
  const messages = new Map<number, string>();
  const commands: string[] = [];
  const sockets = new Set<Socket>();
  const idleTags = new Map<Socket, string>();
  const uids = (): number[] => [...messages.keys()].sort((a, b) => a - b);

  const fetchOne = (uid: number, asked: string): string => {
    const text = messages.get(uid) ?? '';
    const head = `* ${uids().indexOf(uid) + 1} FETCH (UID ${uid}`;
    if (!asked.includes('BODY')) return `${head} RFC822.SIZE ${text.length})\r\n`;
    const sent = fault === 'false-size' ? text.repeat(20) : text;
    const most = Number(/<\d+\.(\d+)>/.exec(asked)?.[1] ?? sent.length);
    const part = sent.slice(0, most);
    const length = fault === 'giant-literal' ? 2 ** 40 : part.length;
    return `${head} BODY[]<0> {${length}}\r\n${part})\r\n`;
  };

  const select = (isReadOnly: boolean): string =>
    `* FLAGS (\\Seen)\r\n* ${messages.size} EXISTS\r\n* OK [UIDVALIDITY 42] x\r\n* OK [UIDNEXT 999] x\r\n` +
    (isReadOnly ? '' : '* OK [PERMANENTFLAGS (\\Seen)] x\r\n');

  const answer = (socket: Socket, command: string): string => {
    const [verb = '', ...rest] = command.replace(/^UID /i, '').split(' ');
    const asked = rest.join(' ');
    const wanted = new Set(asked.split(' ')[0]?.split(',').map(Number));
    switch (verb.toUpperCase()) {
      case 'CAPABILITY':
        return '* CAPABILITY IMAP4rev1 IDLE MOVE\r\n';
      case 'LIST':
      case 'LSUB':
        // A pattern without a name asks for the delimiter alone.
        return asked === '"" ""'
          ? `* ${verb} (\\Noselect) "/" ""\r\n`
          : `* ${verb} () "/" INBOX\r\n`;
      case 'EXAMINE':
      case 'SELECT':
        return select(verb.toUpperCase() === 'EXAMINE');
      case 'SEARCH':
        return `* SEARCH ${uids().join(' ')}\r\n`;
      case 'FETCH':
        if (fault === 'hang-up' && asked.includes('BODY')) socket.destroy();
        return uids()
          .filter((uid) => wanted.has(uid))
          .map((uid) => fetchOne(uid, asked))
          .join('');
      case 'MOVE':
        for (const uid of wanted) messages.delete(uid);
        return '';
      case 'LOGOUT':
        return '* BYE\r\n';
      default:
        return '';
    }
  };

  const serve = (socket: Socket, line: string): void => {
    const [tag = '', ...rest] = line.split(' ');
    const command = rest.join(' ');
    commands.push(command);
    if (command === 'IDLE') {
      socket.write('+ idling\r\n');
      idleTags.set(socket, tag);
      return;
    }
    const isRefused = /^LOGIN/i.test(command) && !command.includes('secret');
    const status = isRefused ? 'NO [AUTHENTICATIONFAILED]' : 'OK';
    socket.write(`${answer(socket, command)}${tag} ${status} done\r\n`);
    if (command === 'LOGOUT') socket.end();
  };

  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    if (fault === 'silent') return;
    if (fault === 'endless-line') return flood(socket);
    socket.write('* OK ready\r\n');
    let held = '';
    socket.setEncoding('latin1').on('data', (data: string) => {
      const lines = `${held}${data}`.split('\r\n');
      held = lines.pop() ?? '';
      for (const line of lines) {
        const tag = idleTags.get(socket);
        if (line !== 'DONE' || tag === undefined) serve(socket, line);
        else socket.write(`${tag} OK done\r\n`);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    messages,
    commands,
    deliver(uid, text) {
      messages.set(uid, text);
      for (const socket of idleTags.keys()) socket.write(`* ${messages.size} EXISTS\r\n`);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function flood(socket: Socket): void {
  const chunk = Buffer.alloc(1_048_576, 'x');
  const more = (): void => {
    while (socket.writable && socket.write(chunk));
  };
  socket.on('drain', more);
  more();
}
