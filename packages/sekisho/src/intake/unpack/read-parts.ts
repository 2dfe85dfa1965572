import { type HeaderValue, parseHeaderValue } from './header-value.ts';
import type { IntakeLimits } from './limits.ts';
import type { MailPart } from './mail-part.ts';
import { firstField, type MailHeader, readHeader } from './read-header.ts';

/** RFC 2046 §5.1.1 allows 70; nobody needs more. */
const LONGEST_BOUNDARY = 256;
/** Lines that begin like a delimiter and are none: a hostile boundary of one letter occurs everywhere. */
const MOST_NEAR_MISSES = 10_000;

/** The parts of a message, or which limit it breaks. */
export type Parts =
  | { readonly kind: 'parts'; readonly parts: readonly MailPart[] }
  | { readonly kind: 'too-much'; readonly problem: string };

interface Walk {
  readonly limits: IntakeLimits;
  readonly parts: MailPart[];
  nearMisses: number;
  problem?: string;
}

/**
 * Lists the parts of a message in order, multiparts within multiparts taken apart, messages within the message left
 * whole. Time and memory grow with the size of the message alone. RFC 2046 §5.1.
 */
export function readParts(header: MailHeader, body: Buffer, limits: IntakeLimits): Parts {
  const walk: Walk = { limits, parts: [], nearMisses: 0 };
  visit(header, body, 0, walk);
  return walk.problem === undefined
    ? { kind: 'parts', parts: walk.parts }
    : { kind: 'too-much', problem: walk.problem };
}

function visit(header: MailHeader, body: Buffer, depth: number, walk: Walk): void {
  const type = contentType(header);
  const boundary = type.parameters.get('boundary')?.trimEnd() ?? '';
  const isMultipart = type.main.startsWith('multipart/') && boundary !== '';
  if (!isMultipart || boundary.length > LONGEST_BOUNDARY) {
    walk.parts.push(toPart(header, type, body));
    if (walk.parts.length > walk.limits.parts) stop(walk, `more than ${walk.limits.parts} parts`);
  } else if (depth >= walk.limits.depth) {
    stop(walk, `multiparts nest more than ${walk.limits.depth} levels`);
  } else {
    visitChildren(body, boundary, depth, walk);
  }
}

function stop(walk: Walk, problem: string): void {
  walk.problem ??= problem;
}

function visitChildren(body: Buffer, boundary: string, depth: number, walk: Walk): void {
  const mark = Buffer.from(`--${boundary}`, 'latin1');
  let found = findDelimiter(body, mark, 0, walk);
  while (found !== undefined && !found.isLast && walk.problem === undefined) {
    const next = findDelimiter(body, mark, found.end, walk);
    const part = body.subarray(found.end, next?.start ?? body.length);
    const header = readHeader(part, walk.limits);
    if (header === undefined) stop(walk, 'the header of a part is too long');
    else visit(header, part.subarray(header.bodyStart), depth + 1, walk);
    found = next;
  }
}

interface Delimiter {
  /** The line end before it belongs to it (RFC 2046 §5.1.1). */
  readonly start: number;
  readonly end: number;
  readonly isLast: boolean;
}

function findDelimiter(
  body: Buffer,
  mark: Buffer,
  from: number,
  walk: Walk,
): Delimiter | undefined {
  for (let at = body.indexOf(mark, from); at >= 0; at = body.indexOf(mark, at + 1)) {
    const found = at === from || body[at - 1] === 0x0a ? readDelimiter(body, mark, at) : undefined;
    if (found !== undefined) return { ...found, start: Math.max(from, lineEndBefore(body, at)) };
    walk.nearMisses += 1;
    if (walk.nearMisses > MOST_NEAR_MISSES) {
      stop(walk, 'its boundary occurs too often');
      return undefined;
    }
  }
  return undefined;
}

function readDelimiter(body: Buffer, mark: Buffer, at: number): Delimiter | undefined {
  let end = at + mark.length;
  const isLast = body[end] === 0x2d && body[end + 1] === 0x2d;
  if (isLast) end += 2;
  while (body[end] === 0x20 || body[end] === 0x09) end += 1;
  if (body[end] === 0x0d) end += 1;
  if (end < body.length && body[end] !== 0x0a) return undefined;
  return { start: at, end: Math.min(end + 1, body.length), isLast };
}

function lineEndBefore(body: Buffer, at: number): number {
  if (body[at - 1] !== 0x0a) return at;
  return body[at - 2] === 0x0d ? at - 2 : at - 1;
}

/** One gateway writes the name of the field without its hyphen. */
function contentType(header: MailHeader): HeaderValue {
  const value = firstField(header, 'content-type') ?? firstField(header, 'contenttype');
  return parseHeaderValue(value ?? 'text/plain');
}

function toPart(header: MailHeader, type: HeaderValue, body: Buffer): MailPart {
  const disposition = parseHeaderValue(firstField(header, 'content-disposition') ?? '');
  const fileName = disposition.parameters.get('filename') ?? type.parameters.get('name');
  const encoding = firstField(header, 'content-transfer-encoding') ?? '';
  return {
    type: type.main,
    ...(fileName === undefined ? {} : { fileName }),
    encoding: encoding.trim().toLowerCase(),
    body,
  };
}
