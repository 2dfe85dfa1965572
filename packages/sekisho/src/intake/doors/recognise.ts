/** What the first bytes of a file say that it is. */
export type FileKind = 'mbox' | 'message' | 'body' | 'unknown';

/** Bytes that are needed to tell. */
export const RECOGNISED_BYTES = 1024;

const GZIP = /^\x1f\x8b/;
const ZIP = /^PK\x03\x04/;
const JSON_TEXT = /^(?:\xef\xbb\xbf)?\s*[[{]/;
/** A header field (RFC 5322 §2.2); the name is what all mail programs write, printable and without a space. */
const HEADER_FIELD = /^[!-9;-~]+[ \t]*:/;

/** Looks at content alone: names of files lie as media types do. Zip is what some reporters pack with. */
export function recogniseFile(head: Uint8Array): FileKind {
  const text = Buffer.from(head.subarray(0, RECOGNISED_BYTES)).toString('latin1');
  if (GZIP.test(text) || ZIP.test(text) || JSON_TEXT.test(text)) return 'body';
  if (text.startsWith('From ')) return 'mbox';
  return HEADER_FIELD.test(text) ? 'message' : 'unknown';
}
