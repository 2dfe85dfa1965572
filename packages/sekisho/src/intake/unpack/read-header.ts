import type { IntakeLimits } from './limits.ts';

/** A header field, unfolded; octets beyond ASCII are one character each. */
interface HeaderField {
  /** Lower case. */
  readonly name: string;
  readonly value: string;
}

/** A header, and where what follows it begins. */
export interface MailHeader {
  readonly fields: readonly HeaderField[];
  readonly bodyStart: number;
}

/** RFC 5322 §3.6.8, with the blanks before the colon that §4.5.8 lets old writers use. */
const FIELD = /^([\x21-\x39\x3b-\x7e]{1,998})[ \t]*:(.*)$/s;

/**
 * Reads the header that the bytes begin with; undefined for one beyond the limits. It ends with the first empty line
 * alone, exactly where a DKIM verifier has it end: otherwise unsigned text could pass for the signed body. A line that
 * is no field continues the one before it; before the first field it is dropped (an mbox writes one there).
 */
export function readHeader(
  bytes: Buffer,
  limits: Pick<IntakeLimits, 'headerBytes' | 'headerLines'>,
): MailHeader | undefined {
  const { end, bodyStart } = findEnd(bytes);
  if (end > limits.headerBytes) return undefined;
  const lines = bytes.toString('latin1', 0, end).split('\n');
  if (lines.length > limits.headerLines) return undefined;
  const fields: { name: string; value: string }[] = [];
  for (const line of lines) addLine(fields, line.endsWith('\r') ? line.slice(0, -1) : line);
  return { fields: fields.map(({ name, value }) => ({ name, value: value.trim() })), bodyStart };
}

function findEnd(bytes: Buffer): { end: number; bodyStart: number } {
  if (bytes[0] === 0x0a) return { end: 0, bodyStart: 1 };
  if (bytes[0] === 0x0d && bytes[1] === 0x0a) return { end: 0, bodyStart: 2 };
  const crlf = bytes.indexOf('\n\r\n');
  // What comes before is searched alone, lest a long body be searched twice.
  const lf = (crlf < 0 ? bytes : bytes.subarray(0, crlf + 1)).indexOf('\n\n');
  if (lf >= 0) return { end: lf, bodyStart: lf + 2 };
  return crlf >= 0
    ? { end: crlf, bodyStart: crlf + 3 }
    : { end: bytes.length, bodyStart: bytes.length };
}

function addLine(fields: { name: string; value: string }[], line: string): void {
  const match = FIELD.exec(line);
  if (match !== null) {
    const [, name = '', value = ''] = match;
    fields.push({ name: name.toLowerCase(), value });
    return;
  }
  const last = fields.at(-1);
  if (last !== undefined) last.value += line;
}

/** The value of the first field of that name (lower case). */
export function firstField(header: MailHeader, name: string): string | undefined {
  return header.fields.find((field) => field.name === name)?.value;
}
