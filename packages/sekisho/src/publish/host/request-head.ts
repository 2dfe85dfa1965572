/** What is read of a request; no other header decides anything. */
export interface RequestHead {
  readonly method: string;
  /** As sent, without the scheme and host of the absolute form. */
  readonly path: string;
  /** Of the absolute form if there is one, else of `Host`; verbatim. */
  readonly host: string;
  readonly userAgent: string;
  /** Values of `X-Forwarded-For`, in order, joined by commas. */
  readonly forwardedFor: string;
  /** Whether the client wants to ask more on this connection. */
  readonly isPersistent: boolean;
  /** A body follows, which nobody here reads. */
  readonly hasBody: boolean;
  /** Bytes up to and with the empty line. */
  readonly sizeBytes: number;
}

export type RequestReading =
  | { readonly kind: 'request'; readonly head: RequestHead }
  /** More bytes must come. */
  | { readonly kind: 'partial' }
  /** Not HTTP/1.1 as we take it; answered with the status, and the connection ends. */
  | { readonly kind: 'bad'; readonly status: 400 | 431 | 505 };

/** Request line and headers together; senders need a twentieth of it. */
export const LONGEST_HEAD_BYTES = 8192;

const MOST_HEADERS = 64;
const CR = 0x0d;
const LF = 0x0a;
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const TARGET = /^[\x21-\x7e]+$/;
const VERSION = /^HTTP\/[0-9]\.[0-9]$/;
const ABSOLUTE_FORM = /^https?:\/\/([^/?#]*)(.*)$/i;
/** Controls but the tab, and line ends that are not CRLF. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const STRAY = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)|(?<!\r)\n/;
const CLOSE = /(?:^|[\s,])close(?:$|[\s,])/i;

const PARTIAL: RequestReading = { kind: 'partial' };
const bad = (status: 400 | 431 | 505): RequestReading => ({ kind: 'bad', status });

/**
 * Reads a request from the front of what has arrived (RFC 9112 §2, §3, §5), strictly: lines end with CRLF, nothing is
 * folded, and `Host` comes once.
 */
export function readRequestHead(bytes: Buffer): RequestReading {
  // An empty line before the request is left over from another one (RFC 9112 §2.2).
  const start = bytes[0] === CR && bytes[1] === LF ? 2 : 0;
  const end = bytes.indexOf('\r\n\r\n', start, 'latin1');
  if (end < 0 && bytes.length - start < LONGEST_HEAD_BYTES) return judgeBeginning(bytes, start);
  if (end < 0 || end + 4 - start > LONGEST_HEAD_BYTES) return bad(431);
  const text = bytes.toString('latin1', start, end);
  if (STRAY.test(text)) return bad(400);
  const lineEnd = text.indexOf('\r\n');
  const line = readRequestLine(lineEnd < 0 ? text : text.slice(0, lineEnd));
  if (line === undefined) return bad(400);
  if (!line.version.startsWith('HTTP/1.')) return bad(505);
  const headers = readHeaders(text, lineEnd);
  if (typeof headers === 'number') return bad(headers);
  return toRequest(line, headers, end + 4);
}

interface RequestLine {
  readonly method: string;
  readonly target: string;
  readonly version: string;
}

/** Three words and one space between each. */
function readRequestLine(line: string): RequestLine | undefined {
  const first = line.indexOf(' ');
  const second = line.indexOf(' ', first + 1);
  const method = line.slice(0, Math.max(first, 0));
  const target = line.slice(first + 1, Math.max(second, 0));
  const version = line.slice(second + 1);
  const isGood = TOKEN.test(method) && TARGET.test(target) && VERSION.test(version);
  return isGood ? { method, target, version } : undefined;
}

function toRequest(
  { method, target, version }: RequestLine,
  headers: Headers,
  sizeBytes: number,
): RequestReading {
  const absolute = target.startsWith('/') ? null : ABSOLUTE_FORM.exec(target);
  if (absolute !== null && absolute[1] === '') return bad(400);
  const { host, userAgent, forwardedFor, closes, hasBody } = headers;
  const head: RequestHead = {
    method,
    path: absolute === null ? target : absolute[2] || '/',
    host: absolute?.[1] ?? host,
    userAgent,
    forwardedFor,
    isPersistent: version !== 'HTTP/1.0' && !closes && !hasBody,
    hasBody,
    sizeBytes,
  };
  return { kind: 'request', head };
}

/** A first line that cannot become a request line is not waited for to its end. */
function judgeBeginning(bytes: Buffer, start: number): RequestReading {
  const lineEnd = bytes.indexOf('\r\n', start, 'latin1');
  if (lineEnd >= 0)
    return readRequestLine(bytes.toString('latin1', start, lineEnd)) === undefined
      ? bad(400)
      : PARTIAL;
  const first = bytes[start];
  const mayBegin = first === undefined || first === CR || TOKEN.test(String.fromCharCode(first));
  return mayBegin ? PARTIAL : bad(400);
}

interface Headers {
  host: string;
  userAgent: string;
  forwardedFor: string;
  closes: boolean;
  hasBody: boolean;
}

/** The headers that matter, of the lines after the first; or the status that refuses them. */
function readHeaders(text: string, firstLineEnd: number): Headers | 400 | 431 {
  const headers: Headers = {
    host: '',
    userAgent: '',
    forwardedFor: '',
    closes: false,
    hasBody: false,
  };
  let count = 0;
  for (let lineEnd = firstLineEnd; lineEnd >= 0; ) {
    const start = lineEnd + 2;
    lineEnd = text.indexOf('\r\n', start);
    const end = lineEnd < 0 ? text.length : lineEnd;
    const colon = text.indexOf(':', start);
    count += 1;
    if (count > MOST_HEADERS) return 431;
    const name = text.slice(start, colon < 0 || colon > end ? start : colon);
    // A folded line begins with white space, and white space before the colon hides a header from others.
    if (!TOKEN.test(name)) return 400;
    const refusal = takeHeader(headers, name.toLowerCase(), text.slice(colon + 1, end).trim());
    if (refusal !== undefined) return refusal;
  }
  return headers.host === '' ? 400 : headers;
}

function takeHeader(headers: Headers, name: string, value: string): 400 | undefined {
  switch (name) {
    case 'host':
      if (headers.host !== '' || value === '') return 400;
      headers.host = value;
      return undefined;
    case 'user-agent':
      headers.userAgent = value;
      return undefined;
    case 'x-forwarded-for':
      headers.forwardedFor += headers.forwardedFor === '' ? value : `,${value}`;
      return undefined;
    case 'connection':
      headers.closes ||= CLOSE.test(value);
      return undefined;
    case 'content-length':
      if (!/^[0-9]+$/.test(value)) return 400;
      headers.hasBody ||= !/^0+$/.test(value);
      return undefined;
    case 'transfer-encoding':
      headers.hasBody = true;
      return undefined;
    default:
      return undefined;
  }
}
