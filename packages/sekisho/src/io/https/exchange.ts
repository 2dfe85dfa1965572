import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';
import { type Domain, POLICY_PATH } from '@sekisho/spec';
import { request } from '../node-http/index.ts';
import type { Attempt } from './attempt.ts';
import { FetchFault, toPrintable, toSocketFault } from './fetch-fault.ts';

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

/**
 * Whether a Content-Type header names `text/plain`, in any case and with any parameters, which do not
 * count (RFC 8461 §3.2).
 */
export function isTextPlain(contentType: string | undefined): boolean {
  return contentType !== undefined && /^[ \t]*text\/plain[ \t]*(?:;|$)/i.test(contentType);
}

/** RFC 8461 §3.3 suggests 64 kilobytes; longer bodies are refused, never cut. */
const LONGEST_BODY_BYTES = 65_536;

type Decode = (raw: Buffer, limits: { readonly maxOutputLength: number }) => Buffer;

/** Codings that servers apply unasked. */
const DECODERS: Readonly<Record<string, Decode>> = {
  identity: (raw) => raw,
  gzip: gunzipSync,
  'x-gzip': gunzipSync,
  deflate: inflateSync,
  br: brotliDecompressSync,
};

/**
 * Reads a policy body to its end: 64 KiB at most, counted before and after decoding.
 *
 * @throws FetchFault when it is longer, cut short, or coded in an unknown way.
 */
async function readBody(response: IncomingMessage): Promise<string> {
  const coding = (response.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  const decode = DECODERS[coding];
  if (decode === undefined) {
    throw new FetchFault(
      'http-malformed',
      `content coding is ${toPrintable(coding)}, must be none`,
    );
  }
  assertLength(response);
  const body = decodeBounded(decode, await readRaw(response)).toString('utf8');
  assertWhole(response, body);
  return body;
}

function assertLength({ headers }: IncomingMessage): void {
  if (Number(headers['content-length']) > LONGEST_BODY_BYTES) throw tooLarge();
}

/**
 * A body may also end with the connection (RFC 9112 §6.3), as simple servers do it. Node does not show whether TLS
 * was closed in form, so such a body counts as whole only if its last line is: nobody on the path can shorten a value.
 * One cut between two lines lacks a required field or names fewer hosts: mail may wait, but is never less protected.
 */
function assertWhole({ headers }: IncomingMessage, body: string): void {
  const isFramed =
    headers['content-length'] !== undefined ||
    headers['transfer-encoding']?.toLowerCase() === 'chunked';
  if (!isFramed && !body.endsWith('\n'))
    throw new FetchFault('network', 'body ends with the connection, within a line');
}

async function readRaw(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      sizeBytes += chunk.length;
      if (sizeBytes > LONGEST_BODY_BYTES) throw tooLarge();
      chunks.push(chunk);
    }
  } catch (error) {
    const fault = toSocketFault(error);
    if (fault.code !== 'network') throw fault;
    throw new FetchFault('network', 'body was cut short', fault.reason);
  }
  if (!response.complete) throw new FetchFault('network', 'body was cut short');
  return Buffer.concat(chunks, sizeBytes);
}

function decodeBounded(decode: Decode, raw: Buffer): Buffer {
  try {
    return decode(raw, { maxOutputLength: LONGEST_BODY_BYTES });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge();
    throw new FetchFault('http-malformed', 'body cannot be decoded', code);
  }
}

function tooLarge(): FetchFault {
  return new FetchFault(
    'body-too-large',
    `body is longer than ${LONGEST_BODY_BYTES} bytes, must not be (RFC 8461 §3.3)`,
  );
}
