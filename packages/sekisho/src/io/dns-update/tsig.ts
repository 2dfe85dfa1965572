import { createHmac, timingSafeEqual } from 'node:crypto';
import { findLastRecord } from '../dns/index.ts';
import { digestOf, type TsigKey } from './tsig-key.ts';
import { CLASS, encodeName, encodeRecord, TYPE, uint16, uint48 } from './update-message.ts';

/** How far two clocks may be apart: what RFC 8945 §10 recommends. */
const FUDGE_SECONDS = 300;
const ADDITIONAL_COUNT_AT = 10;

export interface SignedMessage {
  readonly bytes: Buffer;
  /** Goes into the MAC of the answer, so that it answers this message and no other. */
  readonly mac: Buffer;
}

/** What the signature of an answer shows. */
export type TsigVerdict =
  | { readonly kind: 'absent' }
  /** Signed by the key, lately, for our message; `error` may be 18, BADTIME, with the server's own clock. */
  | { readonly kind: 'valid'; readonly error: number; readonly serverSeconds: number | undefined }
  /** BADSIG (16) or BADKEY (17), which the server cannot sign (RFC 8945 §5.3.2). */
  | { readonly kind: 'unsigned-error'; readonly error: number }
  | { readonly kind: 'wrong' };

interface TsigVariables {
  readonly timeSigned: number;
  readonly fudge: number;
  readonly error: number;
  readonly other: Buffer;
}

/** The variables that a MAC covers beside the message (RFC 8945 §4.3.3). */
function encodeVariables(key: TsigKey, variables: TsigVariables): Buffer {
  return Buffer.concat([
    encodeName(key.name),
    uint16(CLASS.any),
    Buffer.alloc(4),
    encodeName(key.algorithm),
    uint48(variables.timeSigned),
    uint16(variables.fudge),
    uint16(variables.error),
    uint16(variables.other.length),
    variables.other,
  ]);
}

function macOf(key: TsigKey, parts: readonly Buffer[]): Buffer {
  const hmac = createHmac(digestOf(key.algorithm), key.secret);
  for (const part of parts) hmac.update(part);
  return hmac.digest();
}

/** Adds the TSIG record to a message (RFC 8945 §4.2). */
export function signMessage(message: Buffer, key: TsigKey, timeSigned: number): SignedMessage {
  const variables = { timeSigned, fudge: FUDGE_SECONDS, error: 0, other: Buffer.alloc(0) };
  const mac = macOf(key, [message, encodeVariables(key, variables)]);
  const data = Buffer.concat([
    encodeName(key.algorithm),
    uint48(timeSigned),
    uint16(FUDGE_SECONDS),
    uint16(mac.length),
    mac,
    message.subarray(0, 2),
    uint16(0),
    uint16(0),
  ]);
  const record = { name: key.name, type: TYPE.tsig, class: CLASS.any, ttlSeconds: 0, data };
  const bytes = Buffer.concat([message, encodeRecord(record)]);
  addToAdditionals(bytes, 1);
  return { bytes, mac };
}

function addToAdditionals(message: Buffer, difference: number): void {
  const count = message.readUInt16BE(ADDITIONAL_COUNT_AT) + difference;
  message.writeUInt16BE(count, ADDITIONAL_COUNT_AT);
}

/**
 * Judges the signature of an answer to a message that we signed with `key` (RFC 8945 §5.3). The MAC must be whole;
 * the clocks may differ by the fudge of the answer, 300 seconds at most.
 */
export function verifyAnswer(
  answer: Buffer,
  key: TsigKey,
  requestMac: Buffer,
  nowSeconds: number,
): TsigVerdict {
  const place = findLastRecord(answer);
  if (place === undefined) return { kind: 'absent' };
  const tsig = readTsig(answer.subarray(place.start, place.end), key);
  if (tsig === 'other-record') return { kind: 'absent' };
  if (tsig === undefined) return { kind: 'wrong' };
  const { error, mac, variables } = tsig;
  if (mac.length === 0) return error === 0 ? { kind: 'wrong' } : { kind: 'unsigned-error', error };
  const message = Buffer.from(answer.subarray(0, place.start));
  addToAdditionals(message, -1);
  tsig.originalId.copy(message);
  const parts = [uint16(requestMac.length), requestMac, message, encodeVariables(key, variables)];
  const expected = macOf(key, parts);
  if (mac.length !== expected.length || !timingSafeEqual(mac, expected)) return { kind: 'wrong' };
  const awaySeconds = Math.abs(nowSeconds - variables.timeSigned);
  if (awaySeconds > Math.min(variables.fudge, FUDGE_SECONDS)) return { kind: 'wrong' };
  return { kind: 'valid', error, serverSeconds: readTime(variables.other) };
}

/** BADTIME carries the server's clock (RFC 8945 §5.2.3). */
function readTime(other: Buffer): number | undefined {
  return other.length === 6 ? other.readUIntBE(0, 6) : undefined;
}

interface ReadTsig {
  readonly error: number;
  readonly mac: Buffer;
  readonly originalId: Buffer;
  readonly variables: TsigVariables;
}

/** Reads a TSIG record; `undefined` for one of another key or algorithm, or that is not whole. */
function readTsig(record: Buffer, key: TsigKey): ReadTsig | 'other-record' | undefined {
  const name = encodeName(key.name);
  const algorithm = encodeName(key.algorithm);
  // Names in a TSIG record are not compressed, so the type stands at a place known beforehand if the name is ours.
  if (!startsWithName(record, name)) return looksLikeTsig(record) ? undefined : 'other-record';
  if (record.readUInt16BE(name.length) !== TYPE.tsig) return 'other-record';
  const isAny = record.readUInt16BE(name.length + 2) === CLASS.any;
  if (!isAny || record.readUInt32BE(name.length + 4) !== 0) return undefined;
  const data = record.subarray(name.length + 10);
  if (!startsWithName(data, algorithm)) return undefined;
  const fields = data.subarray(algorithm.length);
  if (fields.length < 10) return undefined;
  const macBytes = fields.readUInt16BE(8);
  const rest = fields.subarray(10 + macBytes);
  if (rest.length < 6 || rest.length !== 6 + rest.readUInt16BE(4)) return undefined;
  const error = rest.readUInt16BE(2);
  return {
    error,
    mac: fields.subarray(10, 10 + macBytes),
    originalId: rest.subarray(0, 2),
    variables: {
      timeSigned: fields.readUIntBE(0, 6),
      fudge: fields.readUInt16BE(6),
      error,
      other: rest.subarray(6),
    },
  };
}

function startsWithName(bytes: Buffer, name: Buffer): boolean {
  const found = bytes.subarray(0, name.length).toString('latin1').toLowerCase();
  return found === name.toString('latin1');
}

/** Whether a record of another name is of type TSIG: its type stands behind the name. */
function looksLikeTsig(record: Buffer): boolean {
  const end = record[0] !== undefined && record[0] >= 0xc0 ? 2 : record.indexOf(0) + 1;
  return end + 2 <= record.length && record.readUInt16BE(end) === TYPE.tsig;
}
