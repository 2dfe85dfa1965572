import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { toSocketFault } from '../https/index.ts';
import { request } from '../node-http/index.ts';
import type { OutgoingPost } from './report-post.ts';

const MOST_HEADER_BYTES = 16_384;
/** What is read of an answer, so that a collector can finish in peace. It says nothing that the status does not. */
const MOST_ANSWER_BYTES = 65_536;

/** The head of the collector's answer. */
export interface PostAnswer {
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
