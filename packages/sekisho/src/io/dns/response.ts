import { type Answer, type DecodedPacket, decode } from 'dns-packet';
import type { Reading, Request } from './exchange.ts';
import { findMessageEnd } from './outline.ts';
import { printable } from './printable.ts';
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
