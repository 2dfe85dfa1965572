import { X509Certificate } from 'node:crypto';
import { type DerElement, readDer } from './read-der.ts';

const INTEGER = 0x02;
const SEQUENCE = 0x30;
const EXTENSIONS = 0xa3;
const KEY_IDENTIFIER = 0x80;
/** OID 2.5.29.35, authorityKeyIdentifier. */
const AUTHORITY_KEY_IDENTIFIER = Buffer.from([0x55, 0x1d, 0x23]);

/**
 * How ACME names a certificate in renewal information and in `replaces` (RFC 9773 §4.1): the key identifier of who
 * issued it, and its serial number.
 *
 * @param pem its first certificate counts.
 * @returns undefined for a certificate without such a key identifier, or text that is none.
 */
export function certificateId(pem: string): string | undefined {
  try {
    const fields = fieldsOf(new X509Certificate(pem).raw);
    const serial = fields.find(({ tag }) => tag === INTEGER);
    const issuerKey = keyIdentifierOf(fields);
    if (serial === undefined || issuerKey === undefined) return undefined;
    return `${issuerKey.toString('base64url')}.${serial.value.toString('base64url')}`;
  } catch (error) {
    if (error instanceof RangeError || isCryptoError(error)) return undefined;
    throw error;
  }
}

function isCryptoError(error: unknown): boolean {
  return error instanceof Error && 'code' in error;
}

function fieldsOf(raw: Buffer): readonly DerElement[] {
  return childOf(childOf([...readDer(raw)], SEQUENCE), SEQUENCE);
}

/** What is inside the first element of that tag; nothing without one. */
function childOf(elements: readonly DerElement[], tag: number): readonly DerElement[] {
  const found = elements.find((element) => element.tag === tag);
  return found === undefined ? [] : readDer(found.value);
}

function keyIdentifierOf(fields: readonly DerElement[]): Buffer | undefined {
  const extensions = childOf(childOf(fields, EXTENSIONS), SEQUENCE).map(({ value }) =>
    readDer(value),
  );
  const extension = extensions.find(([id]) => id?.value.equals(AUTHORITY_KEY_IDENTIFIER));
  const content = extension?.at(-1);
  if (content === undefined) return undefined;
  return childOf(readDer(content.value), SEQUENCE).find(({ tag }) => tag === KEY_IDENTIFIER)?.value;
}
