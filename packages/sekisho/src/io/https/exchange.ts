import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { type Domain, POLICY_PATH } from '@sekisho/spec';
import { request } from '../node-http/index.ts';
import type { Attempt } from './attempt.ts';
import { readBody } from './body.ts';
import { FetchFault } from './fetch-fault.ts';
import { isTextPlain } from './media-type.ts';
import { toPrintable } from './printable.ts';
import { toSocketFault } from './socket-fault.ts';

const MOST_HEADER_BYTES = 16_384;

interface Options {
  readonly host: Domain;
  readonly port: number;
  readonly requireTextPlain: boolean;
}

/**
 * One GET of the policy over an authenticated connection (RFC 8461 §3.2, §3.3): only status 200 counts, no
 * redirect is followed, nothing is cached or conditional.
 *
 * @throws FetchFault for any other answer.
 */
export async function getPolicy(
  socket: TLSSocket,
  options: Options,
  attempt: Attempt,
): Promise<string> {
  attempt.stage = 'http';
  const response = await getResponse(socket, options);
  const status = response.statusCode ?? 0;
  attempt.status = status;
  const contentType = response.headers['content-type'];
  if (contentType !== undefined) attempt.contentType = toPrintable(contentType);
  assertStatus(status);
  if (options.requireTextPlain) assertTextPlain(contentType);
  return readBody(response);
}

function getResponse(socket: TLSSocket, { host, port }: Options): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const get = request({
      createConnection: () => socket,
      method: 'GET',
      path: POLICY_PATH,
      setHost: false,
      maxHeaderSize: MOST_HEADER_BYTES,
      headers: {
        Host: port === 443 ? host : `${host}:${port}`,
        'User-Agent': 'sekisho',
        Accept: 'text/plain',
        'Accept-Encoding': 'identity',
        Connection: 'close',
      },
    });
    get.on('error', (error) => reject(toSocketFault(error)));
    get.once('response', resolve);
    get.once('upgrade', resolve);
    get.end();
  });
}

function assertStatus(status: number): void {
  if (status === 200) return;
  const code = status >= 300 && status < 400 ? 'http-redirect' : 'http-status';
  throw new FetchFault(code, `status is ${status}, must be 200 (RFC 8461 §3.3)`);
}

function assertTextPlain(contentType: string | undefined): void {
  if (isTextPlain(contentType)) return;
  const found = contentType === undefined ? 'missing' : `"${toPrintable(contentType)}"`;
  throw new FetchFault(
    'http-media-type',
    `content type is ${found}, must be text/plain (RFC 8461 §3.2)`,
  );
}
