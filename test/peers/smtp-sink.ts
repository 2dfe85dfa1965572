/** A mail server that goes wrong at a chosen stage, for whoever hands mail over to it. */
import { type AddressInfo, createServer, type Socket } from 'node:net';

/** What the client has just sent; `greeting` and `message` (its end) are no commands. */
export type SmtpStage = 'greeting' | 'ehlo' | 'mail' | 'rcpt' | 'data' | 'message';

/** A reply to send in place of the good one, silence, or a broken connection. */
export type SmtpFault =
  | { readonly reply: string }
  | { readonly kind: 'hang' }
  | { readonly kind: 'drop' };

export interface SmtpSink {
  readonly port: number;
  readonly stages: readonly SmtpStage[];
  /** What was received of messages, dots doubled as on the wire, ended or not. */
  readonly received: string;
  /** Messages whose end came. */
  readonly taken: number;
  close(): Promise<void>;
}

const GOOD: Readonly<Record<SmtpStage, string>> = {
  greeting: '220 sink.test ESMTP',
  ehlo: '250-sink.test\r\n250 SIZE 10000000',
  mail: '250 2.1.0 Ok',
  rcpt: '250 2.1.5 Ok',
  data: '354 go on',
  message: '250 2.0.0 Ok: queued',
};

/** Starts one on 127.0.0.1. */
export async function startSmtpSink(
  faults: Partial<Record<SmtpStage, SmtpFault>> = {},
): Promise<SmtpSink> {
  const sockets = new Set<Socket>();
  const seen = { stages: [] as SmtpStage[], received: '', taken: 0 };
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    talk(socket, faults, seen);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    get stages() {
      return seen.stages;
    },
    get received() {
      return seen.received;
    },
    get taken() {
      return seen.taken;
    },
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

interface Seen {
  readonly stages: SmtpStage[];
  received: string;
  taken: number;
}

function talk(socket: Socket, faults: Partial<Record<SmtpStage, SmtpFault>>, seen: Seen): void {
  let pending = '';
  let inData = false;
  const reach = (stage: SmtpStage): void => {
    seen.stages.push(stage);
    const fault = faults[stage];
    if (fault !== undefined && 'kind' in fault) {
      if (fault.kind === 'drop') socket.destroy();
      return;
    }
    const reply = fault?.reply ?? GOOD[stage];
    inData = stage === 'data' && reply.startsWith('354');
    socket.write(`${reply}\r\n`);
  };
  reach('greeting');
  socket.on('data', (chunk) => {
    pending += chunk.toString('latin1');
    if (inData) {
      const end = pending.indexOf('\r\n.\r\n');
      if (end < 0) {
        seen.received = pending;
        return;
      }
      seen.received = pending.slice(0, end + 2);
      pending = pending.slice(end + 5);
      inData = false;
      seen.taken += 1;
      reach('message');
    }
    for (let at = pending.indexOf('\r\n'); at >= 0 && !inData; at = pending.indexOf('\r\n')) {
      const verb = pending.slice(0, 4).toLowerCase();
      pending = pending.slice(at + 2);
      if (verb === 'quit') socket.end('221 2.0.0 Bye\r\n');
      else if (verb in GOOD) reach(verb as SmtpStage);
      else socket.write('502 5.5.1 No such command\r\n');
    }
  });
}
