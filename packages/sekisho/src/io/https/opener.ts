import { connect, type Socket } from 'node:net';
import type { Domain } from '@sekisho/spec';
import type { Clock } from '../clock/index.ts';
import type { Resolver } from '../dns/index.ts';
import { request } from '../node-http/index.ts';
import { createAddressGuard } from './address-guard.ts';
import type { Attempt } from './attempt.ts';
import { openConnection } from './connect.ts';
import { FetchFault } from './fetch-fault.ts';

export interface OpenerOptions {
  /** Looks up the host; the system's own lookup is never used for it. */
  readonly resolver: Resolver;
  readonly clock: Clock;
  /** Addresses and CIDR ranges to connect to though they are not global, or `any`; default none. */
  readonly allowedAddresses?: readonly string[];
  /** As `HTTPS_PROXY`: `http://[user:password@]host[:port]`. It then looks up and judges the addresses. */
  readonly proxy?: string;
  /** As `NO_PROXY`, split at commas: hosts that are connected to without the proxy. */
  readonly noProxy?: readonly string[];
}

/** Opens a TCP connection to a host that a stranger has named. @throws FetchFault */
type Opener = (host: Domain, port: number, attempt: Attempt) => Promise<Socket>;

/** @throws TypeError when an option cannot be used. */
export function createOpener(options: OpenerOptions): Opener {
  const { resolver, clock, noProxy = [] } = options;
  const guard = createAddressGuard(options.allowedAddresses);
  const proxy = options.proxy === undefined ? undefined : parseProxy(options.proxy);
  return (host, port, attempt) =>
    proxy === undefined || isExempt(host, noProxy)
      ? openConnection(host, { resolver, clock, port, guard }, attempt)
      : connectThroughProxy(proxy, `${host}:${port}`, attempt);
}

/** An HTTP proxy that forwards TLS connections by CONNECT (RFC 9110 §9.3.6). */
interface Proxy {
  readonly host: string;
  readonly port: number;
  /** The value of Proxy-Authorization. */
  readonly authorization?: string;
}

/**
 * Reads the value of `HTTPS_PROXY`: `http://[user:password@]host[:port]`, port 80 by default.
 *
 * @throws TypeError on anything else; its message does not repeat the value, which may hold a password.
 */
function parseProxy(text: string): Proxy {
  const url = URL.parse(text);
  if (url === null || url.protocol !== 'http:' || url.hostname === '') {
    throw new TypeError('Cannot use the HTTPS proxy: must be a URL that begins with "http://"');
  }
  const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? 80 : Number(url.port),
    ...(credentials !== ':' && {
      authorization: `Basic ${Buffer.from(credentials).toString('base64')}`,
    }),
  };
}

/** Whether `NO_PROXY` exempts a host: `*`, a name, or a name whose subdomains are meant too. */
function isExempt(host: Domain, noProxy: readonly string[]): boolean {
  return noProxy.some((entry) => {
    const name = entry
      .trim()
      .toLowerCase()
      .replace(/^\*?\./, '');
    return name === '*' || (name !== '' && (host === name || host.endsWith(`.${name}`)));
  });
}

/**
 * Opens a tunnel to a policy host. The proxy looks the name up and judges its addresses; the proxy itself is
 * the operator's and found the way the system finds names.
 *
 * @throws FetchFault `proxy-failed`.
 */
async function connectThroughProxy(
  proxy: Proxy,
  authority: string,
  attempt: Attempt,
): Promise<Socket> {
  attempt.stage = 'proxy';
  const socket = attempt.hold(connect({ host: proxy.host, port: proxy.port }));
  const status = await openTunnel(socket, proxy, authority);
  if (status >= 200 && status < 300) return socket;
  throw new FetchFault('proxy-failed', `proxy answered CONNECT with ${status}, must be 2xx`);
}

function openTunnel(socket: Socket, proxy: Proxy, authority: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const tunnel = request({
      createConnection: () => socket,
      method: 'CONNECT',
      path: authority,
      setHost: false,
      headers: {
        Host: authority,
        ...(proxy.authorization !== undefined && { 'Proxy-Authorization': proxy.authorization }),
      },
    });
    tunnel.on('error', (error: NodeJS.ErrnoException) =>
      reject(new FetchFault('proxy-failed', 'proxy could not be used', error.code)),
    );
    tunnel.once('connect', ({ statusCode = 0 }, _socket, head) =>
      // TLS begins with the client: whatever speaks earlier is no tunnel.
      resolve(head.length === 0 ? statusCode : 0),
    );
    tunnel.end();
  });
}
