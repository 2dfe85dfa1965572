import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createSecureContext, createServer as createTlsServer, type SecureContext } from 'node:tls';

/** Shows challenges to whoever looks, over HTTP and in TLS handshakes. */
export interface ChallengeResponder {
  readonly httpPort: number;
  readonly tlsPort: number;
  /** What was asked for, as `http HOST` and `alpn HOST`. */
  readonly looks: readonly string[];
  /** While it is false, every look finds nothing. */
  isShowing: boolean;
  addHttp(hostName: string, token: string, keyAuthorization: string): void;
  removeHttp(hostName: string, token: string): void;
  addAlpn(hostName: string, pair: { readonly keyPem: string; readonly chainPem: string }): void;
  removeAlpn(hostName: string): void;
  /** Challenges that are up now. */
  readonly size: number;
  close(): Promise<void>;
}

/** Starts both listeners on loopback, on ports of their own choice. */
export async function startChallengeResponder(): Promise<ChallengeResponder> {
  const tokens = new Map<string, string>();
  const certificates = new Map<string, SecureContext>();
  const looks: string[] = [];
  const http = createServer(({ headers, url = '' }, response) => {
    const host = headers.host?.replace(/:\d+$/, '') ?? '';
    looks.push(`http ${host}`);
    const text = tokens.get(`${host} ${url.replace('/.well-known/acme-challenge/', '')}`);
    const isShown = text !== undefined && responder.isShowing;
    response.writeHead(isShown ? 200 : 404).end(isShown ? text : 'nothing here');
  });
  const tls = createTlsServer({
    ALPNProtocols: ['acme-tls/1'],
    SNICallback(host, done) {
      looks.push(`alpn ${host}`);
      const shown = responder.isShowing ? certificates.get(host) : undefined;
      done(shown === undefined ? new Error('no such name') : null, shown);
    },
  });
  tls.on('tlsClientError', (_error, socket) => socket.destroy());
  tls.on('secureConnection', (socket) => {
    socket.on('error', () => socket.destroy());
    socket.end();
  });
  http.listen(0, '127.0.0.1');
  tls.listen(0, '127.0.0.1');
  await Promise.all([once(http, 'listening'), once(tls, 'listening')]);
  const responder: ChallengeResponder = {
    httpPort: (http.address() as AddressInfo).port,
    tlsPort: (tls.address() as AddressInfo).port,
    looks,
    isShowing: true,
    addHttp: (host, token, text) => void tokens.set(`${host} ${token}`, text),
    removeHttp: (host, token) => void tokens.delete(`${host} ${token}`),
    addAlpn: (host, { keyPem, chainPem }) =>
      void certificates.set(host, createSecureContext({ key: keyPem, cert: chainPem })),
    removeAlpn: (host) => void certificates.delete(host),
    get size() {
      return tokens.size + certificates.size;
    },
    async close() {
      http.closeAllConnections();
      await Promise.all([once(http.close(), 'close'), once(tls.close(), 'close')]);
    },
  };
  return responder;
}
