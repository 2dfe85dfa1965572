import { createHash, timingSafeEqual } from 'node:crypto';

/** What a request says before its body. */
export interface PostHead {
  readonly method: string;
  /** As in the request line. */
  readonly target: string;
  readonly contentType?: string | undefined;
  readonly contentEncoding?: string | undefined;
  /** As the header says; undefined for a body in chunks. */
  readonly contentLength?: string | undefined;
}

/** What is wrong with a head; `status` is that of the reply. */
export type HeadVerdict =
  | { readonly kind: 'fine'; readonly hasToken: boolean; readonly mustLookLikeReport: boolean }
  | { readonly kind: 'wrong'; readonly status: 404 | 405 | 413 | 415; readonly problem: string };

export interface PostPlace {
  /** Begins with `/`. */
  readonly path: string;
  /** The last segment of the path, where there is one. */
  readonly token?: string;
  readonly largestBytes: number;
}

const REPORT_TYPES = new Set([
  'application/tlsrpt+json',
  'application/tlsrpt+gzip',
  'application/json',
  'application/gzip',
  'application/x-gzip',
  'application/octet-stream',
]);
/** What tools name a body that they know nothing about, and no type at all. */
const BLIND_TYPES = new Set(['', 'text/plain', 'text/json', 'application/x-www-form-urlencoded']);
const ENCODINGS = new Set(['', 'identity', 'gzip', 'x-gzip']);

/**
 * Judges a request by its head (RFC 8460 §5.4). The media types are those of the RFC and what reporters send instead;
 * the body decides what it is in the end.
 */
export function judgeHead(head: PostHead, place: PostPlace): HeadVerdict {
  const hasToken = matchPath(head.target, place);
  if (hasToken === undefined) return wrong(404, 'there is nothing here');
  if (head.method !== 'POST') return wrong(405, 'a report is brought with POST');
  const encoding = head.contentEncoding?.trim().toLowerCase() ?? '';
  if (!ENCODINGS.has(encoding)) return wrong(415, 'the content encoding must be gzip or none');
  const type = head.contentType?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  const isBlind = BLIND_TYPES.has(type);
  if (!isBlind && !REPORT_TYPES.has(type))
    return wrong(415, 'the media type must be application/tlsrpt+json or application/tlsrpt+gzip');
  if (Number(head.contentLength ?? 0) > place.largestBytes)
    return wrong(413, `the body is larger than ${place.largestBytes} bytes`);
  return { kind: 'fine', hasToken, mustLookLikeReport: isBlind };
}

/** Whether a body begins as JSON, gzip or zip does. */
export function looksLikeReport(body: Uint8Array): boolean {
  const start = Buffer.from(body.subarray(0, 64)).toString('latin1');
  return /^(?:\x1f\x8b|PK\x03\x04|(?:\xef\xbb\xbf)?\s*[[{])/.test(start);
}

/** Whether the token was given; undefined where the path is another one. */
function matchPath(target: string, { path, token }: PostPlace): boolean | undefined {
  const asked = target.split('?', 1)[0] ?? '';
  if (token === undefined) return asked === path ? false : undefined;
  const prefix = path.endsWith('/') ? path : `${path}/`;
  if (!asked.startsWith(prefix)) return undefined;
  return isSame(asked.slice(prefix.length), token) ? true : undefined;
}

/** In a time that tells nothing about the secret. */
function isSame(given: string, secret: string): boolean {
  const [a, b] = [given, secret].map((text) => createHash('sha256').update(text).digest());
  return a !== undefined && b !== undefined && timingSafeEqual(a, b);
}

function wrong(status: 404 | 405 | 413 | 415, problem: string): HeadVerdict {
  return { kind: 'wrong', status, problem };
}
