import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import type { Domain } from '@sekisho/spec';
import { readRetryAfter } from '../acme/index.ts';
import { type Attempt, type createTrust, toSocketFault } from '../https/index.ts';
import { request } from '../node-http/index.ts';
import type { OutgoingPost, PostOutcome } from './report-post.ts';

const MOST_HEADER_BYTES = 16_384;
/** What is read of an answer, so that a collector can finish in peace. It says nothing that the status does not. */
const MOST_ANSWER_BYTES = 65_536;

/** The head of the collector's answer. */
interface PostAnswer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  /** Resolves when the rest has been read, or as much of it as is. */
  readonly rest: Promise<void>;
}

/**
 * One POST (RFC 8460 §5.4); no redirect is followed, since it would lead to a place that nobody's DNS names.
 *
 * @throws FetchFault when no status comes.
 */
export async function sendRequest(
  socket: TLSSocket,
  url: URL,
  post: OutgoingPost,
): Promise<PostAnswer> {
  const response = await getResponse(socket, url, post);
  return {
    status: response.statusCode ?? 0,
    retryAfter: response.headers['retry-after'],
    rest: drain(response),
  };
}

function getResponse(
  socket: TLSSocket,
  url: URL,
  { body, contentType }: OutgoingPost,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sent = request({
      createConnection: () => socket,
      method: 'POST',
      path: `${url.pathname}${url.search}`,
      setHost: false,
      maxHeaderSize: MOST_HEADER_BYTES,
      headers: {
        Host: url.host,
        'User-Agent': 'sekisho',
        'Content-Type': contentType,
        'Content-Length': body.length,
        Connection: 'close',
      },
    });
    // Stays for the life of the request: an error after the head would otherwise end the process.
    sent.on('error', (error) => reject(toSocketFault(error)));
    sent.once('response', resolve);
    sent.once('upgrade', (response) => resolve(response.destroy()));
    sent.end(body);
  });
}

/** Never rejects: whatever happens to the rest of the answer, the status has been given. */
function drain(response: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    if (response.destroyed) resolve();
    let sizeBytes = 0;
    response.on('data', (chunk: Buffer) => {
      sizeBytes += chunk.length;
      if (sizeBytes > MOST_ANSWER_BYTES) response.destroy();
    });
    response.once('error', () => resolve());
    response.once('close', resolve);
  });
}

/** A connection after its handshake, and what is wrong with the certificate. */
interface SecuredSocket {
  readonly tls: TLSSocket;
  /** OpenSSL's or Node's code; undefined when the certificate is valid for the host. */
  readonly certificateProblem: string | undefined;
}

/**
 * Performs TLS with a collector. Whether its certificate is good enough is for the caller to say, before anything is
 * sent: a report may go to one whose certificate is not (RFC 8460 §3).
 *
 * @throws FetchFault when there is no TLS.
 */
export async function secure(
  socket: Socket,
  host: Domain,
  secureContext: ReturnType<typeof createTrust>,
  attempt: Attempt,
): Promise<SecuredSocket> {
  attempt.stage = 'tls';
  const tls = attempt.hold(
    connect({
      socket,
      servername: host,
      secureContext,
      minVersion: 'TLSv1.2',
      ALPNProtocols: ['http/1.1'],
      rejectUnauthorized: false,
    }),
  );
  await new Promise<void>((resolve, reject) => {
    // Stays for the life of the socket: an error after the handshake would otherwise end the process.
    tls.on('error', (error) => reject(toSocketFault(error)));
    tls.once('secureConnect', resolve);
  });
  // Node keeps a code here, whatever its types say.
  const certificateProblem = tls.authorized ? undefined : String(tls.authorizationError);
  return { tls, certificateProblem };
}

/**
 * What is said of the report itself, or for good: the same bytes would get the same answer. The others, 404 and
 * redirects among them, tell of a collector that is not as it should be and can be mended within the 24 hours of
 * RFC 8460 §5.5.
 */
const FOR_GOOD = new Set([400, 410, 413, 414, 415, 422]);

/** Reads the status of an answer (RFC 8460 §5.4). */
export function judgeStatus(
  { status, retryAfter }: Omit<PostAnswer, 'rest'>,
  nowMs: number,
): PostOutcome {
  if (status >= 200 && status < 300) return { kind: 'taken', detail: `status is ${status}` };
  const problem = `status is ${status}, must be 2xx (RFC 8460 §5.4)`;
  if (FOR_GOOD.has(status)) return { kind: 'refused', problem };
  const retryAfterMs = readRetryAfter(retryAfter, nowMs);
  return { kind: 'later', problem, ...(retryAfterMs !== undefined && { retryAfterMs }) };
}
