/**
 * A misbehaving MX, for tests and as a program:
 *
 *     node test/peers/mx.ts --listen 192.0.2.25:25 --mode starttls-refused --cert F --key F --mailbox DIR
 *
 * Prints `listening ADDRESS:PORT` when it is ready; each message becomes one JSON file in the mailbox.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import process from 'node:process';
import { createSecureContext, type SecureContext } from 'node:tls';
import { parseArgs } from 'node:util';
import { type DeliveredMessage, MX_MODES, type MxMode, MxSession } from './mx-session.ts';

export type { DeliveredMessage, MxMode } from './mx-session.ts';

export interface MxOptions {
  /** Default `starttls`. */
  readonly mode?: MxMode;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 0: any free one. */
  readonly port?: number;
  /** PEM; without it STARTTLS is answered with 454. */
  readonly certificate?: { readonly chainPem: string; readonly keyPem: string };
  /** A directory for one JSON file a message; made if missing. */
  readonly mailbox?: string;
}

export interface Mx {
  readonly host: string;
  readonly port: number;
  readonly messages: readonly DeliveredMessage[];
  /** Every command line that any client sent. */
  readonly heard: readonly string[];
  close(): Promise<void>;
}

/** Starts an MX. */
export async function startMx(options: MxOptions = {}): Promise<Mx> {
  const { mode = 'starttls', host = '127.0.0.1', mailbox } = options;
  const messages: DeliveredMessage[] = [];
  const heard: string[] = [];
  const sockets = new Set<Socket>();
  const secureContext = toSecureContext(options, mode);
  const deliver = (message: DeliveredMessage): void => {
    messages.push(message);
    if (mailbox !== undefined) store(mailbox, messages.length, message);
  };
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    void new MxSession(socket, { mode, secureContext, deliver, heard: (line) => heard.push(line) });
  });
  const port = await listen(server, host, options.port ?? 0);
  return {
    host,
    port,
    messages,
    heard,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function toSecureContext({ certificate }: MxOptions, mode: MxMode): SecureContext | undefined {
  if (certificate === undefined) return undefined;
  return createSecureContext({
    cert: certificate.chainPem,
    key: certificate.keyPem,
    ...(mode === 'tls-1.1' && {
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    }),
  });
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}

/** The file appears whole: whoever watches the directory never reads half a message. */
function store(mailbox: string, count: number, message: DeliveredMessage): void {
  mkdirSync(mailbox, { recursive: true });
  const name = `${Date.now()}-${process.pid}-${count}`;
  const draft = join(mailbox, `.${name}`);
  writeFileSync(draft, JSON.stringify(message, undefined, 2));
  renameSync(draft, join(mailbox, `${name}.json`));
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      listen: { type: 'string', default: '127.0.0.1:0' },
      mode: { type: 'string', default: 'starttls' },
      cert: { type: 'string' },
      key: { type: 'string' },
      mailbox: { type: 'string' },
    },
  });
  const mode = MX_MODES.find((each) => each === values.mode);
  if (mode === undefined) throw new TypeError(`mode must be one of ${MX_MODES.join(', ')}`);
  const [, host = '', port = ''] = /^\[?(.*?)\]?:(\d+)$/.exec(values.listen) ?? [];
  const mx = await startMx({
    mode,
    host,
    port: Number(port),
    ...(values.mailbox !== undefined && { mailbox: values.mailbox }),
    ...(values.cert !== undefined &&
      values.key !== undefined && {
        certificate: {
          chainPem: readFileSync(values.cert, 'utf8'),
          keyPem: readFileSync(values.key, 'utf8'),
        },
      }),
  });
  process.stdout.write(`listening ${mx.host}:${mx.port}\n`);
  process.once('SIGTERM', () => void mx.close());
}

if (import.meta.main) await main();
