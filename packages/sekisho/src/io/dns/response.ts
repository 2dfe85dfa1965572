import { type Answer, decode, type DecodedPacket } from 'dns-packet';
import type { Reading, Request } from './exchange.ts';
import { printable } from './failure.ts';
import { HEADER_BYTES, type Query } from './query.ts';

/** A response to our query, read. */
export interface Response {
  /** With the upper bits that EDNS adds (RFC 6891 §6.1.3). */
  readonly rcode: number;
  readonly authenticated: boolean;
  /** AA: the server speaks for the zone, not from a cache (RFC 1035 §4.1.1). */
  readonly authoritative: boolean;
  readonly answers: readonly Answer[];
  readonly authorities: readonly Answer[];
  /** The first extended error (RFC 8914), as printable text. */
  readonly extendedError: string | undefined;
}

const QR = 0x8000;
const OPCODE = 0x7800;
const TC = 0x0200;
const RCODE = 0x000f;
const EXTENDED_ERROR_OPTION = 15;
/** FORMERR, SERVFAIL, NOTIMP, REFUSED: some servers send these without the question. */
const BARE_RCODES: ReadonlySet<number> = new Set([1, 2, 4, 5]);

/** Reads a received message as the answer to `query`. Never throws; time bounded by the size of the message. */
export function readResponse(query: Query, bytes: Buffer): Reading<Response> {
  if (bytes.length < HEADER_BYTES) return { kind: 'unreadable' };
  const flags = bytes.readUInt16BE(2);
  if (bytes.readUInt16BE(0) !== query.id || (flags & QR) === 0 || (flags & OPCODE) !== 0) {
    return { kind: 'unrelated' };
  }
  if (!repeatsQuestion(query, bytes) && !isBareError(bytes, flags)) return { kind: 'unrelated' };
  if ((flags & TC) !== 0) return { kind: 'truncated' };
  const packet = decodeWhole(bytes);
  return packet === undefined
    ? { kind: 'unreadable' }
    : { kind: 'response', response: toResponse(packet, flags & RCODE) };
}

/** A query with the way to read its answer. */
export function toRequest(query: Query): Request<Response> {
  return { bytes: query.bytes, read: (message) => readResponse(query, message) };
}

/** Exactly one question, and it is ours: name in any case, type, class. */
function repeatsQuestion(query: Query, bytes: Buffer): boolean {
  if (bytes.readUInt16BE(4) !== 1 || bytes.length < query.questionEnd) return false;
  for (let at = HEADER_BYTES; at < query.questionEnd; at += 1) {
    if (lower(bytes[at]) !== lower(query.bytes[at])) return false;
  }
  return true;
}

function lower(octet: number | undefined): number {
  const value = octet ?? -1;
  return value >= 0x41 && value <= 0x5a ? value + 0x20 : value;
}

function isBareError(bytes: Buffer, flags: number): boolean {
  return bytes.readUInt16BE(4) === 0 && BARE_RCODES.has(flags & RCODE);
}

function decodeWhole(bytes: Buffer): DecodedPacket | undefined {
  const end = findMessageEnd(bytes);
  if (end === undefined) return undefined;
  try {
    const packet = decode(bytes);
    // The decoder trusts the data of some types over their length; a difference shows here.
    return decode.bytes === end ? packet : undefined;
  } catch {
    return undefined;
  }
}

function toResponse(packet: DecodedPacket, headerRcode: number): Response {
  const edns = packet.additionals?.find((record) => record.type === 'OPT');
  const extended = edns?.type === 'OPT' ? edns.extendedRcode : 0;
  return {
    rcode: extended * 16 + headerRcode,
    authenticated: packet.flag_ad,
    authoritative: packet.flag_aa,
    answers: (packet.answers ?? []).filter(isInternet),
    authorities: (packet.authorities ?? []).filter(isInternet),
    extendedError: edns?.type === 'OPT' ? readExtendedError(edns.options) : undefined,
  };
}

function isInternet(record: Answer): boolean {
  return record.type !== 'OPT' && record.class === 'IN';
}

function readExtendedError(
  options: readonly { readonly code: number; readonly data?: Buffer | undefined }[],
): string | undefined {
  const data = options.find(({ code }) => code === EXTENDED_ERROR_OPTION)?.data;
  if (data === undefined || data.length < 2) return undefined;
  const text = printable(data.toString('utf8', 2), 100).replaceAll('"', "'");
  return `extended error ${data.readUInt16BE(0)}${text === '' ? '' : ` "${text}"`}`;
}

const QUESTION_MIN_BYTES = 5;
const RECORD_MIN_BYTES = 11;
const RECORDS_MAX = 1000;
const POINTER_CHAIN_MAX = 16;

/** Where a record begins in a message, and where it ends. */
interface RecordPlace {
  readonly start: number;
  readonly end: number;
}

/**
 * Where the last record of a message ends, or `undefined` if the message is not whole: more records announced
 * than fit, a record that reaches past the end, or names made to be slow to read.
 *
 * The decoder behind us allocates by the counts of the header, and takes a record that is cut off for a
 * shorter one; so every message passes here first. Linear in the size of the message.
 */
export function findMessageEnd(bytes: Buffer): number | undefined {
  return walk(bytes)?.end;
}

/** Where the last record of a whole message stands; `undefined` also without records. */
export function findLastRecord(bytes: Buffer): RecordPlace | undefined {
  const found = walk(bytes);
  return found?.start === undefined ? undefined : { start: found.start, end: found.end };
}

function walk(bytes: Buffer): { start: number | undefined; end: number } | undefined {
  if (bytes.length < HEADER_BYTES) return undefined;
  const questions = bytes.readUInt16BE(4);
  const records = bytes.readUInt16BE(6) + bytes.readUInt16BE(8) + bytes.readUInt16BE(10);
  const least = HEADER_BYTES + questions * QUESTION_MIN_BYTES + records * RECORD_MIN_BYTES;
  if (records > RECORDS_MAX || least > bytes.length || hasLongPointerChain(bytes)) return undefined;
  let start: number | undefined;
  let end: number | undefined = HEADER_BYTES;
  for (let i = 0; i < questions && end !== undefined; i += 1) end = skipQuestion(bytes, end);
  for (let i = 0; i < records && end !== undefined; i += 1) {
    start = end;
    end = skipRecord(bytes, end);
  }
  return end === undefined ? undefined : { start, end };
}

function within(bytes: Buffer, at: number): number | undefined {
  return at <= bytes.length ? at : undefined;
}

function skipQuestion(bytes: Buffer, start: number): number | undefined {
  const at = skipName(bytes, start);
  return at === undefined ? undefined : within(bytes, at + 4);
}

function skipRecord(bytes: Buffer, start: number): number | undefined {
  const at = skipName(bytes, start);
  if (at === undefined || at + 10 > bytes.length) return undefined;
  return within(bytes, at + 10 + bytes.readUInt16BE(at + 8));
}

function skipName(bytes: Buffer, start: number): number | undefined {
  let at = start;
  for (let length = bytes[at]; length !== undefined; length = bytes[at]) {
    if (length >= 0xc0) return within(bytes, at + 2);
    if (length > 63) return undefined;
    at += length + 1;
    if (length === 0) return at;
  }
  return undefined;
}

/** Pointers that lead to pointers cost the reader time and the sender nothing; real messages have none. */
function hasLongPointerChain(bytes: Buffer): boolean {
  const depths = new Uint8Array(bytes.length);
  for (let at = HEADER_BYTES; at + 1 < bytes.length; at += 1) {
    const pointer = bytes.readUInt16BE(at);
    const target = pointer & 0x3fff;
    if (pointer < 0xc000 || target >= at) continue;
    const depth = (depths[target] ?? 0) + 1;
    if (depth > POINTER_CHAIN_MAX) return true;
    depths[at] = depth;
  }
  return false;
}
