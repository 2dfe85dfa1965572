import { X509Certificate } from 'node:crypto';
import { type IncomingMessage, request } from 'node:http';
import { connect } from 'node:tls';
import type { Clock } from '../clock/index.ts';
import { ACME_TLS } from './certificate-der.ts';

/** What stands at one address of a host name. */
export type Visit =
  | { readonly kind: 'ours' }
  /** Nobody is there, or not for us: says nothing where only one address family is cut off. */
  | { readonly kind: 'unreachable'; readonly reason: string }
  /** Somebody else is there. */
  | { readonly kind: 'other'; readonly found: string };

/** Looks for our own challenge at an address, as the authority will do. Bounded in time and size; never rejects. */
export interface ChallengeVisitor {
  /** http-01 (RFC 8555 §8.3). Redirects are not followed. */
  visitHttp(
    hostName: string,
    address: string,
    shown: { readonly token: string; readonly keyAuthorization: string },
  ): Promise<Visit>;
  /** tls-alpn-01 (RFC 8737 §3). @param chainPem the certificate that we show. */
  visitAlpn(hostName: string, address: string, chainPem: string): Promise<Visit>;
}

const LONGEST_BODY_BYTES = 1024;

/**
 * Makes the real visitor.
 *
 * @param options.httpPort default 80.
 * @param options.tlsPort default 443.
 * @param options.deadlineMs for one visit; default 10000.
 */
export function createChallengeVisitor(options: {
  readonly clock: Clock;
  readonly httpPort?: number;
  readonly tlsPort?: number;
  readonly deadlineMs?: number;
}): ChallengeVisitor {
  const { clock, httpPort = 80, tlsPort = 443, deadlineMs = 10_000 } = options;
  const within = (visit: (signal: AbortSignal) => Promise<Visit>): Promise<Visit> =>
    bounded(visit, clock, deadlineMs);
  return {
    visitHttp: (hostName, address, { token, keyAuthorization }) =>
      within(async (signal) => {
        const { status, body } = await fetchToken(hostName, {
          address,
          port: httpPort,
          token,
          signal,
        });
        if (status === 200 && body === keyAuthorization) return { kind: 'ours' };
        return { kind: 'other', found: status === 200 ? 'another text' : `status ${status}` };
      }),
    visitAlpn: (hostName, address, chainPem) =>
      within(async (signal) => {
        const seen = await shakeHands(hostName, { address, port: tlsPort, signal });
        return seen?.equals(new X509Certificate(chainPem).raw) === true
          ? { kind: 'ours' }
          : { kind: 'other', found: 'another certificate' };
      }),
  };
}

async function bounded(
  visit: (signal: AbortSignal) => Promise<Visit>,
  clock: Clock,
  deadlineMs: number,
): Promise<Visit> {
  const controller = new AbortController();
  const stop = clock.after(deadlineMs, () => controller.abort());
  try {
    return await visit(controller.signal);
  } catch (error) {
    const { code = 'UNKNOWN' } = error as NodeJS.ErrnoException;
    const reason = controller.signal.aborted ? `no answer in ${deadlineMs} ms` : code;
    return NOT_OF_OUR_KIND.test(code) && !controller.signal.aborted
      ? { kind: 'other', found: reason }
      : { kind: 'unreachable', reason };
  } finally {
    stop();
  }
}

/** Somebody answered, in another language or with a refusal: no question of reaching them. */
const NOT_OF_OUR_KIND = /^(?:HPE_|ERR_SSL_|EPROTO$|TOO_LONG$)/;

interface Target {
  readonly address: string;
  readonly port: number;
  readonly signal: AbortSignal;
}

async function fetchToken(
  hostName: string,
  { address, port, signal, token }: Target & { readonly token: string },
): Promise<{ readonly status: number; readonly body: string }> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const asked = request({
      host: address,
      port,
      signal,
      agent: false,
      path: `/.well-known/acme-challenge/${token}`,
      headers: { Host: hostName, 'User-Agent': 'sekisho', Connection: 'close' },
    });
    asked.on('error', reject);
    asked.once('response', resolve);
    asked.end();
  });
  return { status: response.statusCode ?? 0, body: await readShort(response) };
}

async function readShort(response: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of response as AsyncIterable<Buffer>) {
    body += chunk.toString('latin1');
    if (body.length > LONGEST_BODY_BYTES)
      throw Object.assign(new Error('The answer is no token'), { code: 'TOO_LONG' });
  }
  return body.trim();
}

function shakeHands(
  hostName: string,
  { address, port, signal }: Target,
): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: address,
      port,
      servername: hostName,
      ALPNProtocols: [ACME_TLS],
      // The certificate is compared octet by octet, which no authority could do better.
      rejectUnauthorized: false,
    });
    const end = (): void => void socket.destroy(new Error('The visit took too long'));
    signal.addEventListener('abort', end, { once: true });
    socket.on('error', reject);
    socket.once('close', () => {
      signal.removeEventListener('abort', end);
      reject(Object.assign(new Error('Closed in the handshake'), { code: 'ECONNRESET' }));
    });
    socket.once('secureConnect', () => {
      resolve(socket.getPeerX509Certificate()?.raw);
      socket.destroy();
    });
  });
}
