import { createSocket, type RemoteInfo, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { type DecodedPacket, decode, encode, TRUNCATED_RESPONSE } from 'dns-packet';
import { type DnsFault, HANG_UP, misbehave, type Sending } from './dns-faults.ts';
import { authoritativeResponse } from './dns-authority.ts';
import { createDnsTable, type DnsTable, type NegativeTimes, tableResponse } from './dns-table.ts';

export interface DnsServerOptions extends Partial<NegativeTimes> {
  /** Default `127.0.0.1`. */
  readonly host?: string;
  /** Default 0: a free one, the same over UDP and TCP. */
  readonly port?: number;
  /** How late the fault `slow` answers. Default 300. */
  readonly slowMs?: number;
  /** Answers with authority for these zones, and refuses what lies outside; default: as a recursive server. */
  readonly zones?: readonly string[];
}

export interface SeenQuery {
  readonly name: string;
  readonly type: string;
  readonly transport: 'udp' | 'tcp';
  /** The source port of the query. */
  readonly port: number;
  readonly packet: DecodedPacket;
}

/** A DNS server that answers from a table, and misbehaves for the names that a test chooses. */
export interface DnsServer extends Pick<DnsTable, 'set' | 'remove'> {
  readonly port: number;
  /** As a resolver takes it: `127.0.0.1:5353`. */
  readonly address: string;
  /** Makes a name misbehave, for so many queries or, by default, until `undefined` is set. */
  setFault(name: string, fault: DnsFault | undefined, times?: number): void;
  /** Every query so far, in order. */
  readonly queries: readonly SeenQuery[];
  count(name: string, type?: string): number;
  close(): Promise<void>;
}

interface Peer {
  readonly table: DnsTable;
  readonly faults: Map<string, { readonly fault: DnsFault; left: number }>;
  readonly queries: SeenQuery[];
  readonly options: Required<NegativeTimes> & {
    readonly slowMs: number;
    readonly zones: readonly string[] | undefined;
  };
}

/** Starts a server over UDP and TCP on one port; ready when the promise resolves. */
export async function startDnsServer(options: DnsServerOptions = {}): Promise<DnsServer> {
  const {
    host = '127.0.0.1',
    soaTtlSeconds = 3600,
    soaMinimumSeconds = 60,
    slowMs = 300,
  } = options;
  const { udp, tcp, port } = await listenUdpAndTcp(host, options.port ?? 0);
  const elsewhere = await bindUdp(host, 0);
  const table = createDnsTable();
  const faults: Peer['faults'] = new Map();
  const queries: SeenQuery[] = [];
  const peer: Peer = {
    table,
    faults,
    queries,
    options: { soaTtlSeconds, soaMinimumSeconds, slowMs, zones: options.zones },
  };
  const connections = new Set<Socket>();
  const timers = new Set<NodeJS.Timeout>();
  serveUdp(peer, udp, elsewhere, timers);
  serveTcp(peer, tcp, connections, timers);
  return {
    port,
    address: host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`,
    set: table.set,
    remove: table.remove,
    setFault(name, fault, times = Number.POSITIVE_INFINITY) {
      if (fault === undefined) faults.delete(name.toLowerCase());
      else faults.set(name.toLowerCase(), { fault, left: times });
    },
    queries,
    count: (name, type) =>
      queries.filter(
        (seen) => seen.name === name.toLowerCase() && (type ?? seen.type) === seen.type,
      ).length,
    async close() {
      for (const timer of timers) clearTimeout(timer);
      for (const connection of connections) connection.destroy();
      udp.close();
      elsewhere.close();
      tcp.close();
      await once(tcp, 'close');
    },
  };
}

/** The messages that answer a query, or that the connection is to end. */
function respond(
  { table, faults, queries, options }: Peer,
  queryBytes: Buffer,
  transport: SeenQuery['transport'],
  port: number,
): readonly Sending[] | typeof HANG_UP {
  const query = readQuery(queryBytes);
  if (query === undefined) return HANG_UP;
  const isTcp = transport === 'tcp';
  const question = query.questions?.[0];
  const name = (question?.name ?? '.').toLowerCase();
  queries.push({ name, type: question?.type ?? '', transport, port, packet: query });
  const honest =
    options.zones === undefined
      ? tableResponse(table, query, options)
      : authoritativeResponse(table, query, options, options.zones);
  const active = faults.get(name);
  if (active !== undefined && active.left > 0) {
    active.left -= 1;
    return misbehave(active.fault, { query, queryBytes, isTcp, honest, slowMs: options.slowMs });
  }
  const message = encode(honest);
  if (isTcp || message.length <= payloadOf(query)) return [{ message }];
  return [
    {
      message: encode({ ...honest, flags: (honest.flags ?? 0) | TRUNCATED_RESPONSE, answers: [] }),
    },
  ];
}

/** What is not a query gets no answer: the peer has to outlive whatever is sent to it. */
function readQuery(bytes: Buffer): DecodedPacket | undefined {
  try {
    return decode(bytes);
  } catch {
    return undefined;
  }
}

function payloadOf({ additionals = [] }: DecodedPacket): number {
  const edns = additionals.find(({ type }) => type === 'OPT');
  return edns?.type === 'OPT' ? Math.max(512, edns.udpPayloadSize) : 512;
}

function later(timers: Set<NodeJS.Timeout>, afterMs: number | undefined, run: () => void): void {
  if (afterMs === undefined) return run();
  const timer = setTimeout(() => {
    timers.delete(timer);
    run();
  }, afterMs);
  timers.add(timer);
}

function serveUdp(
  peer: Peer,
  udp: UdpSocket,
  elsewhere: UdpSocket,
  timers: Set<NodeJS.Timeout>,
): void {
  udp.on('message', (bytes: Buffer, from: RemoteInfo) => {
    const sendings = respond(peer, bytes, 'udp', from.port);
    if (sendings === HANG_UP) return;
    for (const { message, afterMs, fromElsewhere } of sendings) {
      const socket = fromElsewhere === true ? elsewhere : udp;
      later(timers, afterMs, () => socket.send(message, from.port, from.address));
    }
  });
}

function serveTcp(
  peer: Peer,
  tcp: Server,
  connections: Set<Socket>,
  timers: Set<NodeJS.Timeout>,
): void {
  tcp.on('connection', (connection) => {
    connections.add(connection);
    connection.on('close', () => connections.delete(connection));
    // A client that went away is nothing to a peer.
    connection.on('error', () => connection.destroy());
    let received = Buffer.alloc(0);
    connection.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
        const end = 2 + received.readUInt16BE(0);
        const sendings = respond(
          peer,
          received.subarray(2, end),
          'tcp',
          connection.remotePort ?? 0,
        );
        received = received.subarray(end);
        if (sendings === HANG_UP) connection.destroy();
        else for (const sending of sendings) sendTcp(connection, sending, timers);
      }
    });
  });
}

function sendTcp(
  connection: Socket,
  { message, afterMs, breakOff }: Sending,
  timers: Set<NodeJS.Timeout>,
): void {
  const framed = Buffer.concat([Buffer.alloc(2), message]);
  framed.writeUInt16BE(message.length);
  later(timers, afterMs, () => {
    if (breakOff === true) connection.end(framed.subarray(0, framed.length >> 1));
    else connection.write(framed);
  });
}

async function bindUdp(host: string, port: number): Promise<UdpSocket> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  socket.bind(port, host);
  await once(socket, 'listening');
  return socket;
}

/** Takes a port that is free over UDP and TCP; a few are tried, since others take ports meanwhile. */
export async function listenUdpAndTcp(host: string, wanted = 0) {
  for (let attempt = 1; ; attempt += 1) {
    const udp = await bindUdp(host, wanted);
    const { port } = udp.address();
    const tcp = createServer();
    try {
      tcp.listen(port, host);
      await once(tcp, 'listening');
      return { udp, tcp, port };
    } catch (error) {
      udp.close();
      if (wanted !== 0 || attempt === 10) throw error;
    }
  }
}
