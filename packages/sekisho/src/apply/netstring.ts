/** The longest request that is read: Postfix sends at most 10,000 bytes (`socketmap_max_query_size`). */
export const LONGEST_REQUEST = 10_000;

const COLON = 0x3a;
const COMMA = 0x2c;
const ZERO = 0x30;
const NINE = 0x39;
const LONGEST_LENGTH_TEXT = 5;

/** Where a netstring's payload stands in a buffer. Reused from call to call: the lookup path allocates nothing. */
export interface NetstringSpan {
  start: number;
  end: number;
}

export type NetstringProblem = 'too-long' | 'bad-length' | 'no-comma';

/**
 * Finds the netstring `<decimal length>:<payload>,` that begins at `offset`, and writes the payload's place into
 * `span`; the next netstring begins at `span.end + 1`. A length has no leading zeros.
 *
 * @param longest payload bytes accepted.
 * @returns `complete`, `partial` when more bytes are needed, or what is wrong. Bad input is refused as soon as it
 *   shows, before the payload has arrived.
 */
export function readNetstring(
  buffer: Uint8Array,
  offset: number,
  span: NetstringSpan,
  longest: number = LONGEST_REQUEST,
): 'complete' | 'partial' | NetstringProblem {
  let length = 0;
  let index = offset;
  for (; index < buffer.length; index += 1) {
    const byte = buffer[index] as number;
    if (byte === COLON) break;
    const digits = index - offset;
    if (byte < ZERO || byte > NINE || (digits > 0 && length === 0)) return 'bad-length';
    if (digits >= LONGEST_LENGTH_TEXT) return 'too-long';
    length = length * 10 + byte - ZERO;
  }
  if (length > longest) return 'too-long';
  if (index >= buffer.length) return 'partial';
  if (index === offset) return 'bad-length';
  span.start = index + 1;
  span.end = span.start + length;
  if (span.end >= buffer.length) return 'partial';
  return buffer[span.end] === COMMA ? 'complete' : 'no-comma';
}

/** Wraps a text of one-byte characters. */
export function formatNetstring(payload: string): string {
  return `${payload.length}:${payload},`;
}
