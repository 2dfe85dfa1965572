import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createSecureContext, type SecureContext, TLSSocket } from 'node:tls';
import type { IssuedCertificate } from './certificates.ts';
import type { PolicyAnswer } from './policy-answers.ts';

/** What happens to a connection before any HTTP. */
export type ConnectionMode =
  | 'tls' // TLS 1.2 or 1.3
  | 'tls-1.2' // nothing newer than TLS 1.2
  | 'tls-1.1' // nothing newer than TLS 1.1
  | 'not-tls' // answers in clear
  | 'silent' // takes the connection and says nothing
  | 'hang-up'; // ends it at once

/** A request as it arrived. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** SNI; undefined without. */
  readonly serverName: string | undefined;
  readonly tlsVersion: string;
}

export interface PolicyHost {
  readonly port: number;
  /** Every HTTP request that was read to the end of its head. */
  readonly requests: readonly SeenRequest[];
  /** Connections so far, whatever became of them. */
  readonly connections: number;
  /** What a host name presents and answers; until set, its handshake fails. */
  serve(host: string, certificate: IssuedCertificate, answer: PolicyAnswer): void;
  close(): Promise<void>;
}

export interface PolicyHostOptions {
  /** Default `tls`. */
  readonly mode?: ConnectionMode;
  /** Default 127.0.0.1. */
  readonly address?: string;
  /** Default 0: any free one. */
  readonly port?: number;
}

interface Site {
  readonly secureContext: SecureContext;
  readonly answer: PolicyAnswer;
}

/** Starts a policy host that is as bad as asked, for any number of names, told apart by SNI. */
export async function startPolicyHost(options: PolicyHostOptions = {}): Promise<PolicyHost> {
  const { mode = 'tls', address = '127.0.0.1' } = options;
  const sites = new Map<string, Site>();
  const requests: SeenRequest[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    CONNECTIONS[mode](socket, sites, requests);
  });
  const port = await listen(server, address, options.port ?? 0);
  return {
    port,
    requests,
    get connections() {
      return connections;
    },
    serve(host, certificate, answer) {
      sites.set(host, { secureContext: toSecureContext(certificate, mode), answer });
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

type Connect = (socket: Socket, sites: ReadonlyMap<string, Site>, requests: SeenRequest[]) => void;

const CONNECTIONS: Readonly<Record<ConnectionMode, Connect>> = {
  tls: speakTls,
  'tls-1.2': speakTls,
  'tls-1.1': speakTls,
  'not-tls': (socket) => socket.end('220 this is another kind of server\r\n'),
  silent: (socket) => socket.resume(),
  'hang-up': (socket) => socket.destroy(),
};

function toSecureContext(certificate: IssuedCertificate, mode: ConnectionMode): SecureContext {
  return createSecureContext({
    cert: certificate.chainPem,
    key: certificate.keyPem,
    ...(mode === 'tls-1.1' && OLD_TLS),
    ...(mode === 'tls-1.2' && { maxVersion: 'TLSv1.2' }),
  });
}

const OLD_TLS = {
  minVersion: 'TLSv1',
  maxVersion: 'TLSv1.1',
  ciphers: 'DEFAULT@SECLEVEL=0',
} as const;

function speakTls(plain: Socket, sites: ReadonlyMap<string, Site>, requests: SeenRequest[]): void {
  let site: Site | undefined;
  let serverName: string | undefined;
  const [anySite] = sites.values();
  const socket = new TLSSocket(plain, {
    isServer: true,
    // Settles the TLS versions; the certificate is the named site's.
    ...(anySite !== undefined && { secureContext: anySite.secureContext }),
    SNICallback: (name, done) => {
      serverName = name;
      site = sites.get(name);
      if (site === undefined) done(new Error(`no site named ${name}`));
      else done(null, site.secureContext);
    },
  });
  socket.on('error', () => socket.destroy());
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
    const end = text.indexOf('\r\n\r\n');
    if (end === -1) return;
    requests.push(readRequest(text.slice(0, end), serverName, socket.getProtocol() ?? 'none'));
    text = '';
    site?.answer(socket);
  });
}

function readRequest(
  head: string,
  serverName: string | undefined,
  tlsVersion: string,
): SeenRequest {
  const [requestLine = '', ...lines] = head.split('\r\n');
  const [method = '', path = ''] = requestLine.split(' ');
  const fields = lines.map((line): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  return { method, path, headers: Object.fromEntries(fields), serverName, tlsVersion };
}

function listen(server: Server, address: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, () => resolve((server.address() as AddressInfo).port));
  });
}
