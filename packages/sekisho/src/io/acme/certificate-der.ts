import {
  createHash,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  X509Certificate,
} from 'node:crypto';
import type { PemPair } from '../key-files/index.ts';

/** One element of DER: tag, length, value (X.690 §8.1). */
function element(tag: number, ...values: readonly Uint8Array[]): Buffer {
  const value = Buffer.concat(values);
  return Buffer.concat([Buffer.from([tag, ...lengthOf(value.length)]), value]);
}

function lengthOf(length: number): number[] {
  if (length < 0x80) return [length];
  return length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
}

function base128(value: number): number[] {
  return value < 0x80 ? [value] : [...base128(value >> 7).map((byte) => byte | 0x80), value & 0x7f];
}

/** UTCTime up to 2049, GeneralizedTime from then on (RFC 5280 §4.1.2.5). */
function time(atMs: number): Buffer {
  const digits = new Date(atMs).toISOString().slice(0, 19).replaceAll(/\D/g, '');
  return Number(digits.slice(0, 4)) < 2050
    ? element(0x17, Buffer.from(`${digits.slice(2)}Z`))
    : element(0x18, Buffer.from(`${digits}Z`));
}

function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  return element(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

/** The few elements of DER that a certificate request and a challenge's certificate consist of. Values up to 64 KiB. */
const der = {
  sequence: (...parts: readonly Uint8Array[]) => element(0x30, ...parts),
  set: (...parts: readonly Uint8Array[]) => element(0x31, ...parts),
  /** `[number]`, constructed. */
  context: (number: number, ...parts: readonly Uint8Array[]) => element(0xa0 + number, ...parts),
  /** `[number]`, primitive and implicit. */
  implicit: (number: number, value: Uint8Array) => element(0x80 + number, value),
  /** Big-endian, two's complement. */
  integer: (value: Uint8Array) => element(0x02, value),
  octets: (value: Uint8Array) => element(0x04, value),
  /** All bits of the last byte are used. */
  bits: (value: Uint8Array) => element(0x03, Buffer.from([0]), value),
  text: (value: string) => element(0x0c, Buffer.from(value)),
  TRUE: element(0x01, Buffer.from([0xff])),
  oid,
  time,
};

/** One element of DER as it was read. */
interface DerElement {
  readonly tag: number;
  readonly value: Buffer;
}

/**
 * Reads elements that stand one after another (X.690 §8.1), definite lengths up to 16 MiB.
 *
 * @throws RangeError when the last one is cut short or a length is of another form.
 */
export function readDer(bytes: Buffer): readonly DerElement[] {
  const elements: DerElement[] = [];
  let at = 0;
  while (at < bytes.length) {
    const { length, start } = readLength(bytes, at + 1);
    if (start + length > bytes.length) throw new RangeError('DER is cut short');
    elements.push({ tag: bytes.readUInt8(at), value: bytes.subarray(start, start + length) });
    at = start + length;
  }
  return elements;
}

function readLength(
  bytes: Buffer,
  at: number,
): { readonly length: number; readonly start: number } {
  const first = bytes.readUInt8(at);
  if (first < 0x80) return { length: first, start: at + 1 };
  const size = first & 0x7f;
  if (size < 1 || size > 3) throw new RangeError('DER has a length of another form');
  return { length: bytes.readUIntBE(at + 1, size), start: at + 1 + size };
}

const EXTENSION_REQUEST = '1.2.840.113549.1.9.14';

/** `ecdsa-with-SHA256`; what all our signatures are. */
const ECDSA_WITH_SHA256 = der.sequence(der.oid('1.2.840.10045.4.3.2'));

/** The extension `subjectAltName` with one dNSName (RFC 5280 §4.2.1.6). */
function subjectAltName(hostName: string): Buffer {
  const name = der.implicit(2, Buffer.from(hostName, 'latin1'));
  return der.sequence(der.oid('2.5.29.17'), der.octets(der.sequence(name)));
}

/**
 * A certificate request (RFC 2986) for one host name, signed by the key that the certificate will be for: the name
 * stands in `subjectAltName` alone, the subject is empty (RFC 8555 §7.4).
 *
 * @param hostName A-labels.
 * @param key private, EC P-256.
 * @returns DER.
 */
export function createCertificateRequest(hostName: string, key: KeyObject): Buffer {
  const extensions = der.sequence(subjectAltName(hostName));
  const information = der.sequence(
    der.integer(Buffer.from([0])),
    der.sequence(),
    createPublicKey(key).export({ type: 'spki', format: 'der' }),
    der.context(0, der.sequence(der.oid(EXTENSION_REQUEST), der.set(extensions))),
  );
  const signature = sign('sha256', information, key);
  return der.sequence(information, ECDSA_WITH_SHA256, der.bits(signature));
}

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

/** `id-pe-acmeIdentifier` (RFC 8737 §3). */
const ACME_IDENTIFIER = '1.3.6.1.5.5.7.1.31';
const WEEK_MS = 604_800_000;

/** The ALPN protocol of tls-alpn-01 (RFC 8737 §4). */
export const ACME_TLS = 'acme-tls/1';

/**
 * The self-signed certificate that is shown for tls-alpn-01 (RFC 8737 §3), with a new key: the one name, and the hash of
 * the key authorization in a critical extension. Valid a week to both sides of `nowMs`.
 */
export function createChallengeCertificate(
  hostName: string,
  keyAuthorization: string,
  nowMs: number,
): PemPair {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const chainPem = signOwn(
    certificateBody(hostName, keyAuthorization, publicKey, nowMs),
    privateKey,
  );
  return { keyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), chainPem };
}

function certificateBody(
  hostName: string,
  keyAuthorization: string,
  publicKey: KeyObject,
  nowMs: number,
): Buffer {
  const name = der.sequence(der.set(der.sequence(der.oid('2.5.4.3'), der.text('ACME challenge'))));
  return der.sequence(
    der.context(0, der.integer(Buffer.from([2]))),
    der.integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    ECDSA_WITH_SHA256,
    name,
    der.sequence(der.time(nowMs - WEEK_MS), der.time(nowMs + WEEK_MS)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der.context(3, der.sequence(subjectAltName(hostName), acmeIdentifier(keyAuthorization))),
  );
}

function acmeIdentifier(keyAuthorization: string): Buffer {
  const digest = createHash('sha256').update(keyAuthorization).digest();
  return der.sequence(der.oid(ACME_IDENTIFIER), der.TRUE, der.octets(der.octets(digest)));
}

function signOwn(body: Buffer, key: KeyObject): string {
  const signature = der.bits(sign('sha256', body, key));
  const lines = der.sequence(body, ECDSA_WITH_SHA256, signature).toString('base64');
  return `-----BEGIN CERTIFICATE-----\n${lines.replaceAll(/.{64}(?=.)/g, '$&\n')}\n-----END CERTIFICATE-----\n`;
}
