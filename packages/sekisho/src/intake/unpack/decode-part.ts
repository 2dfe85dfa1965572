import type { MailPart } from './mail-part.ts';

/** How the first bytes of gzip (1f 8b 08) look in base64. */
const GZIP_IN_BASE64 = 'H4sI';

/**
 * Undoes the transfer encoding of a part, as leniently as mail is written: base64 with odd line ends or padding, base64
 * that is not declared, JSON that is declared to be base64 and is not. RFC 2045 §6.
 */
export function decodePart({ encoding, body }: MailPart): Buffer {
  const isJson = body[firstInk(body)] === 0x7b;
  if (encoding.includes('base64')) return isJson ? body : decodeBase64(body);
  if (encoding.includes('quoted-printable')) return decodeQuotedPrintable(body.toString('latin1'));
  const start = firstInk(body);
  const isUndeclared =
    body.toString('latin1', start, start + GZIP_IN_BASE64.length) === GZIP_IN_BASE64;
  return isUndeclared ? decodeBase64(body) : body;
}

/** Where the text begins that is not blank. */
function firstInk(bytes: Buffer): number {
  let at = 0;
  while (at < bytes.length && isBlank(bytes[at])) at += 1;
  return at;
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d;
}

function decodeBase64(body: Buffer): Buffer {
  const text = body.toString('latin1');
  const padding = text.indexOf('=');
  const isPaddedAtEnd = padding < 0 || /^[=\s]*$/.test(text.slice(padding));
  if (isPaddedAtEnd && !/[^A-Za-z0-9+/=\s]/.test(text)) return Buffer.from(text, 'base64');
  return decodeOddBase64(body);
}

const PADDING = 0x3d;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const VALUES = new Int8Array(256).fill(-1);
for (let value = 0; value < ALPHABET.length; value += 1) VALUES[ALPHABET.charCodeAt(value)] = value;

/** Drops what is not of the alphabet; padding ends a unit, since some writers pad every line. */
function decodeOddBase64(body: Buffer): Buffer {
  const out = Buffer.alloc(Math.ceil((body.length * 3) / 4));
  let length = 0;
  let pending = 0;
  let bits = 0;
  for (const byte of body) {
    const value = VALUES[byte] ?? -1;
    if (byte === PADDING) bits = 0;
    if (value < 0) continue;
    pending = ((pending << 6) | value) & 0xfff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    out[length] = (pending >> bits) & 0xff;
    length += 1;
  }
  return out.subarray(0, length);
}

function decodeQuotedPrintable(text: string): Buffer {
  const joined = text.replace(/=[ \t]{0,76}\r?\n/g, '');
  const octets = joined.replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(octets, 'latin1');
}
