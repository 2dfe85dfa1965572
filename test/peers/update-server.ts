import { once } from 'node:events';
import type { Socket } from 'node:net';
import { decode, encode } from 'dns-packet';
import { authoritativeResponse } from './dns-authority.ts';
import { listenUdpAndTcp } from './dns-server.ts';
import { createDnsTable, type DnsTable } from './dns-table.ts';
import { type PeerKey, signAnswer } from './tsig.ts';

/** How the server answers one message. */
export type UpdateBehaviour =
  | 'honest'
  | 'silent'
  | 'unsigned'
  | 'wrong-mac'
  | 'truncated' // over UDP
  | { readonly rcode: number; readonly tsigError?: number };

export interface SeenMessage {
  readonly kind: 'query' | 'update';
  readonly transport: 'udp' | 'tcp';
  readonly bytes: Buffer;
}

/** A primary server of one zone that takes every update, carries none out, and answers as a test chooses. */
export interface UpdateServer extends Pick<DnsTable, 'set' | 'remove'> {
  readonly port: number;
  /** For messages of that kind from now on. */
  behave(kind: SeenMessage['kind'], behaviour: UpdateBehaviour): void;
  /** Called for each update before it is answered. */
  onUpdate: () => void;
  readonly seen: readonly SeenMessage[];
  close(): Promise<void>;
}

const TIMES = { soaTtlSeconds: 60, soaMinimumSeconds: 60 };
const UPDATE = 5;
const TC = 0x02;
const NO_ERROR: { readonly rcode?: number; readonly tsigError?: number } = {};

/** Starts a server over UDP and TCP on one port. It does not check signatures: real servers do that in other tests. */
export async function startUpdateServer(zone: string, key: PeerKey): Promise<UpdateServer> {
  const table = createDnsTable();
  const seen: SeenMessage[] = [];
  const behaviours = new Map<SeenMessage['kind'], UpdateBehaviour>();
  const answer = (bytes: Buffer, transport: SeenMessage['transport']): Buffer | undefined => {
    const kind = ((bytes[2] ?? 0) >> 3) % 16 === UPDATE ? 'update' : 'query';
    seen.push({ kind, transport, bytes });
    if (kind === 'update') server.onUpdate();
    const behaviour = behaviours.get(kind) ?? 'honest';
    const plain =
      kind === 'update'
        ? headerOf(bytes)
        : encode(authoritativeResponse(table, decode(bytes), TIMES, [zone]));
    return finish(plain, bytes, behaviour, transport, key);
  };
  const { port, close } = await listen(answer);
  const server: UpdateServer = {
    port,
    set: table.set,
    remove: table.remove,
    behave: (kind, behaviour) => void behaviours.set(kind, behaviour),
    onUpdate: () => undefined,
    seen,
    close,
  };
  return server;
}

/** An answer to an update may be a bare header (RFC 2136 §3.8). */
function headerOf(request: Buffer): Buffer {
  const header = Buffer.alloc(12);
  request.copy(header, 0, 0, 2);
  header[2] = 0x80 | (UPDATE << 3);
  return header;
}

function finish(
  plain: Buffer,
  request: Buffer,
  behaviour: UpdateBehaviour,
  transport: SeenMessage['transport'],
  key: PeerKey,
): Buffer | undefined {
  if (behaviour === 'silent') return undefined;
  if (behaviour === 'unsigned') return plain;
  if (behaviour === 'truncated' && transport === 'udp') {
    plain[2] = (plain[2] ?? 0) | TC;
    return plain;
  }
  const { rcode, tsigError = 0 } = typeof behaviour === 'object' ? behaviour : NO_ERROR;
  if (rcode !== undefined) plain[3] = ((plain[3] ?? 0) & 0xf0) | rcode;
  const timeSigned = Math.floor(Date.now() / 1000);
  const withoutMac = tsigError === 16 || tsigError === 17;
  const mac = behaviour === 'wrong-mac' ? Buffer.alloc(32) : macOf(request);
  return signAnswer(plain, key, mac, { timeSigned, error: tsigError, withoutMac });
}

/** The MAC of an HMAC-SHA256 signature: before the id, the error and the length of nothing. */
function macOf(request: Buffer): Buffer {
  return request.subarray(request.length - 6 - 32, request.length - 6);
}

async function listen(answer: (bytes: Buffer, transport: 'udp' | 'tcp') => Buffer | undefined) {
  const { udp, tcp, port } = await listenUdpAndTcp('127.0.0.1');
  udp.on('message', (bytes, from) => {
    const message = answer(bytes, 'udp');
    if (message !== undefined) udp.send(message, from.port, from.address);
  });
  const connections = new Set<Socket>();
  tcp.on('connection', (connection) => {
    connections.add(connection);
    connection.on('error', () => connection.destroy());
    connection.on('data', (chunk) => {
      const message = answer(chunk.subarray(2), 'tcp');
      if (message === undefined) return;
      const length = Buffer.alloc(2);
      length.writeUInt16BE(message.length);
      connection.write(Buffer.concat([length, message]));
    });
  });
  const close = async (): Promise<void> => {
    for (const connection of connections) connection.destroy();
    udp.close();
    tcp.close();
    await once(tcp, 'close');
  };
  return { port, close };
}
