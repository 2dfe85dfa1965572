import { randomInt } from 'node:crypto';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** A message that was handed over, or the beginning of one. */
export interface HandedOver {
  /** `Message-ID`; empty if the connection broke before it. */
  readonly messageId: string;
  /** `Report-ID` of the subject. */
  readonly reportId: string;
  readonly isComplete: boolean;
  /** Whether 250 was written. */
  readonly isAnswered: boolean;
  /** By `performance.now()`. */
  readonly beganAtMs: number;
}

/** A mail server that takes everything, slowly, and remembers what it was given on which connection. */
export interface RecordingSink {
  readonly port: number;
  readonly messages: readonly HandedOver[];
  /** Connections so far. */
  readonly connections: number;
  close(): Promise<void>;
}

type Taking = { -readonly [Key in keyof HandedOver]: HandedOver[Key] };

const REPLIES: Readonly<Record<string, string>> = {
  ehlo: '250-sink.test\r\n250 SIZE 10000000',
  mail: '250 2.1.0 Ok',
  rcpt: '250 2.1.5 Ok',
  data: '354 go on',
};
const END = '\r\n.\r\n';

/** Starts one on 127.0.0.1; each reply takes up to `slowestMs`. */
export async function startRecordingSink(slowestMs: number): Promise<RecordingSink> {
  const sockets = new Set<Socket>();
  const messages: Taking[] = [];
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    talk(socket, messages, slowestMs);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    messages,
    get connections() {
      return connections;
    },
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

function talk(socket: Socket, messages: Taking[], slowestMs: number): void {
  let pending = '';
  let current: Taking | undefined;
  let isBusy = false;
  const reply = async (text: string): Promise<void> => {
    await delay(randomInt(slowestMs + 1));
    if (socket.writable) socket.write(`${text}\r\n`);
  };
  /** One step, as far as what has arrived allows; undefined when there is none. */
  const step = (): Promise<void> | undefined => (current ? takeMessage(current) : takeCommand());
  const takeMessage = (message: Taking): Promise<void> | undefined => {
    const text = pending.replaceAll(/\r\n[ \t]+/g, ' ');
    message.messageId = /^Message-ID: <([^>]*)>/m.exec(text)?.[1] ?? '';
    message.reportId = /Report-ID: <([^>]*)>/.exec(text)?.[1] ?? '';
    const end = pending.indexOf(END);
    if (end < 0) return undefined;
    message.isComplete = true;
    pending = pending.slice(end + END.length);
    current = undefined;
    return answer(message);
  };
  const answer = async (message: Taking): Promise<void> => {
    await delay(randomInt(2 * slowestMs + 1));
    if (!socket.writable) return;
    message.isAnswered = true;
    socket.write('250 2.0.0 Ok: queued\r\n');
  };
  const takeCommand = (): Promise<void> | undefined => {
    const end = pending.indexOf('\r\n');
    if (end < 0) return undefined;
    const verb = pending.slice(0, 4).toLowerCase();
    pending = pending.slice(end + 2);
    if (verb === 'quit') socket.end('221 2.0.0 Bye\r\n');
    if (verb === 'data') messages.push((current = begin()));
    return reply(REPLIES[verb] ?? '502 5.5.1 No such command');
  };
  const work = async (): Promise<void> => {
    if (isBusy) return;
    isBusy = true;
    for (let next = step(); next !== undefined; next = step()) await next;
    isBusy = false;
  };
  socket.write('220 sink.test ESMTP\r\n');
  socket.on('data', (chunk) => {
    pending += chunk.toString('latin1');
    void work();
  });
}

function begin(): Taking {
  return {
    messageId: '',
    reportId: '',
    isComplete: false,
    isAnswered: false,
    beganAtMs: performance.now(),
  };
}
