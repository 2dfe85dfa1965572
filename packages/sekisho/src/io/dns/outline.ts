import { HEADER_BYTES } from './query.ts';

const QUESTION_MIN_BYTES = 5;
const RECORD_MIN_BYTES = 11;
const RECORDS_MAX = 1000;
const POINTER_CHAIN_MAX = 16;

/** Where a record begins in a message, and where it ends. */
export interface RecordPlace {
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
