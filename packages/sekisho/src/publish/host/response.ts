import { STATUS_CODES } from 'node:http';

/** An answer of the policy host; never a redirect, which no sender may follow (RFC 8461 §3.3). */
export interface Response {
  readonly status: 200 | 400 | 404 | 405 | 421 | 431 | 503 | 505;
  /** Sent with GET, measured for HEAD. */
  readonly body?: Buffer;
}

const NOTHING = Buffer.alloc(0);

/** No charset: every sender knows `text/plain`, and parameters only offer something to stumble over (RFC 8461 §3.2). */
const POLICY_HEADERS = 'Content-Type: text/plain\r\nCache-Control: max-age=60\r\n';
const OTHER_HEADERS = 'Cache-Control: no-store\r\n';

/**
 * The bytes of an answer.
 *
 * @param form `withBody` is false for HEAD; `closes` says that no further request is read; `nowMs` is for `Date`.
 */
export function formatResponse(
  { status, body = NOTHING }: Response,
  form: { readonly withBody: boolean; readonly closes: boolean; readonly nowMs: number },
): Buffer {
  const head =
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nDate: ${formatDate(form.nowMs)}\r\n` +
    `Content-Length: ${body.length}\r\n${status === 200 ? POLICY_HEADERS : OTHER_HEADERS}` +
    (status === 405 ? 'Allow: GET, HEAD\r\n' : '') +
    (form.closes ? 'Connection: close\r\n\r\n' : '\r\n');
  const bytes = Buffer.allocUnsafe(head.length + (form.withBody ? body.length : 0));
  bytes.write(head, 'latin1');
  if (form.withBody) body.copy(bytes, head.length);
  return bytes;
}

let dateSecond = Number.NaN;
let dateText = '';

/** The same text serves for a second (RFC 9110 §6.6.1). */
function formatDate(nowMs: number): string {
  const second = Math.floor(nowMs / 1000);
  if (second !== dateSecond) {
    dateSecond = second;
    dateText = new Date(nowMs).toUTCString();
  }
  return dateText;
}
