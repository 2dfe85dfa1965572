import type { TlsAlertName } from './tls-alert.ts';

/** What decides with which context TLS begins; all else is OpenSSL's to judge. */
export interface ClientHello {
  /** The name of the server_name extension, verbatim (RFC 6066 §3). */
  readonly serverName: string | undefined;
  /** The application protocols, in the client's order; undefined without the extension (RFC 7301). */
  readonly protocols: readonly string[] | undefined;
}

export type ClientHelloReading =
  | { readonly kind: 'hello'; readonly hello: ClientHello }
  /** More bytes must come. */
  | { readonly kind: 'partial' }
  /** These bytes begin no ClientHello, or one that breaks the form. */
  | { readonly kind: 'bad'; readonly alert: TlsAlertName };

/** A ClientHello with all that clients send today, post-quantum keys included, is far from half of this. */
const LONGEST_CLIENT_HELLO_BYTES = 16_384;
/** Clients send one; some cut it up so that nobody on the way reads it. */
const MOST_RECORDS = 64;

const HANDSHAKE_RECORD = 22;
const CLIENT_HELLO = 1;
const RECORD_HEADER_BYTES = 5;
const MESSAGE_HEADER_BYTES = 4;
const LONGEST_RECORD_BYTES = 16_384;
const VERSION_AND_RANDOM_BYTES = 34;
const SERVER_NAME_EXTENSION = 0;
const HOST_NAME = 0;
const PROTOCOLS_EXTENSION = 16;

const PARTIAL: ClientHelloReading = { kind: 'partial' };
const bad = (alert: TlsAlertName): ClientHelloReading => ({ kind: 'bad', alert });

class Malformed extends Error {}

/**
 * Reads the first flight of a TLS connection (RFC 8446 §4.1.2, RFC 5246 §7.4.1.2) from its first byte on, without
 * consuming it. The message may be spread over several records.
 */
export function readClientHello(bytes: Buffer): ClientHelloReading {
  const parts: Buffer[] = [];
  let gathered = 0;
  let end: number | undefined;
  for (let at = 0; parts.length < MOST_RECORDS; ) {
    const record = readRecord(bytes, at);
    if (!Buffer.isBuffer(record)) return record;
    parts.push(record);
    gathered += record.length;
    at += RECORD_HEADER_BYTES + record.length;
    if (parts[0]?.[0] !== CLIENT_HELLO) return bad('unexpected-message');
    if (gathered < MESSAGE_HEADER_BYTES) continue;
    end ??= MESSAGE_HEADER_BYTES + join(parts).readUIntBE(1, 3);
    if (end > LONGEST_CLIENT_HELLO_BYTES) return bad('decode-error');
    if (gathered >= end) return readMessage(join(parts), end);
  }
  return bad('decode-error');
}

function join(parts: readonly Buffer[]): Buffer {
  const [only] = parts;
  return only !== undefined && parts.length === 1 ? only : Buffer.concat(parts);
}

/** What has arrived of the fragment in the record that begins there; at least one byte. */
function readRecord(bytes: Buffer, at: number): Buffer | ClientHelloReading {
  if (at >= bytes.length) return PARTIAL;
  if (bytes[at] !== HANDSHAKE_RECORD) return bad('unexpected-message');
  if (bytes.length - at <= RECORD_HEADER_BYTES) return PARTIAL;
  const length = bytes.readUInt16BE(at + 3);
  if (bytes[at + 1] !== 3 || length === 0 || length > LONGEST_RECORD_BYTES)
    return bad('decode-error');
  const start = at + RECORD_HEADER_BYTES;
  return bytes.subarray(start, start + length);
}

function readMessage(message: Buffer, end: number): ClientHelloReading {
  try {
    return { kind: 'hello', hello: readHello(message, end) };
  } catch (error) {
    if (error instanceof Malformed) return bad('decode-error');
    throw error;
  }
}

function readHello(message: Buffer, end: number): ClientHello {
  let at = MESSAGE_HEADER_BYTES + VERSION_AND_RANDOM_BYTES;
  at = endOfVector(message, at, 1, end); // session id
  at = endOfVector(message, at, 2, end); // cipher suites
  at = endOfVector(message, at, 1, end); // compression methods
  let serverName: string | undefined;
  let protocols: readonly string[] | undefined;
  if (at === end) return { serverName, protocols };
  if (endOfVector(message, at, 2, end) !== end) throw new Malformed();
  for (at += 2; at < end; ) {
    const data = at + 2;
    const dataEnd = endOfVector(message, data, 2, end);
    const type = message.readUInt16BE(at);
    if (type === SERVER_NAME_EXTENSION) {
      if (serverName !== undefined) throw new Malformed();
      serverName = readServerName(message, data + 2, dataEnd);
    } else if (type === PROTOCOLS_EXTENSION) {
      if (protocols !== undefined) throw new Malformed();
      protocols = readProtocols(message, data + 2, dataEnd);
    }
    at = dataEnd;
  }
  return { serverName, protocols };
}

/** Exactly one name: of several no one could say which the certificate must fit. */
function readServerName(message: Buffer, at: number, end: number): string {
  const name = at + 3;
  const isWhole =
    endOfVector(message, at, 2, end) === end && endOfVector(message, name, 2, end) === end;
  if (!isWhole || message[at + 2] !== HOST_NAME || name + 2 === end) throw new Malformed();
  return message.toString('latin1', name + 2, end);
}

function readProtocols(message: Buffer, at: number, end: number): readonly string[] {
  if (endOfVector(message, at, 2, end) !== end) throw new Malformed();
  const protocols: string[] = [];
  for (let next = at + 2; next < end; ) {
    const protocolEnd = endOfVector(message, next, 1, end);
    protocols.push(message.toString('latin1', next + 1, protocolEnd));
    next = protocolEnd;
  }
  return protocols;
}

/** Where a vector with a length of `width` bytes ends (RFC 8446 §3.4), which must not be beyond `limit`. */
function endOfVector(message: Buffer, at: number, width: 1 | 2, limit: number): number {
  const start = at + width;
  if (start > limit) throw new Malformed();
  const end = start + (width === 1 ? message.readUInt8(at) : message.readUInt16BE(at));
  if (end > limit) throw new Malformed();
  return end;
}
