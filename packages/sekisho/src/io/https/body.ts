import type { IncomingMessage } from 'node:http';
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';
import { FetchFault } from './fetch-fault.ts';
import { toPrintable } from './printable.ts';
import { toSocketFault } from './socket-fault.ts';

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
export async function readBody(response: IncomingMessage): Promise<string> {
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
