import { createHash, type KeyObject, randomBytes, sign } from 'node:crypto';

/** What is signed into a certificate; all keys are EC P-256. */
export interface CertificateFields {
  readonly subject: string;
  readonly issuer: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly publicKey: KeyObject;
  readonly issuerPublicKey: KeyObject;
  readonly isCa: boolean;
  /** dNSNames, written as they are given. */
  readonly dnsNames: readonly string[];
}

/** Writes and signs an X.509 v3 certificate (RFC 5280 §4.1) as PEM. No process, no network: about a millisecond. */
export function signCertificate(fields: CertificateFields, issuerKey: KeyObject): string {
  const body = sequence(
    explicit(0, integer(Buffer.from([2]))),
    integer(positive(randomBytes(16))),
    ECDSA_WITH_SHA256,
    name(fields.issuer),
    sequence(time(fields.notBefore), time(fields.notAfter)),
    name(fields.subject),
    fields.publicKey.export({ type: 'spki', format: 'der' }),
    explicit(3, sequence(...extensions(fields))),
  );
  const signature = sign('sha256', body, issuerKey);
  return toPem(sequence(body, ECDSA_WITH_SHA256, bits(signature)));
}

function extensions(fields: CertificateFields): readonly Buffer[] {
  const { isCa, dnsNames, publicKey, issuerPublicKey } = fields;
  const always = [
    extension('2.5.29.19', isCa ? sequence(TRUE) : sequence(), 'critical'),
    // keyCertSign and cRLSign, or digitalSignature.
    extension('2.5.29.15', isCa ? bits([0x06], 1) : bits([0x80], 7), 'critical'),
    extension('2.5.29.14', tlv(0x04, keyId(publicKey))),
    extension('2.5.29.35', sequence(tlv(0x80, keyId(issuerPublicKey)))),
  ];
  const names = dnsNames.map((dnsName) => tlv(0x82, Buffer.from(dnsName, 'latin1')));
  return [
    ...always,
    ...(isCa ? [] : [extension('2.5.29.37', sequence(oid('1.3.6.1.5.5.7.3.1')))]),
    ...(names.length === 0 ? [] : [extension('2.5.29.17', sequence(...names))]),
  ];
}

function extension(id: string, value: Buffer, critical?: 'critical'): Buffer {
  return sequence(oid(id), ...(critical === undefined ? [] : [TRUE]), tlv(0x04, value));
}

function keyId(key: KeyObject): Buffer {
  return createHash('sha1')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest();
}

function tlv(tag: number, value: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([tag, ...lengthOf(value.length)]), value]);
}

function lengthOf(length: number): number[] {
  if (length < 0x80) return [length];
  return length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tlv(0x30, Buffer.concat(parts));
}

function explicit(tag: number, value: Buffer): Buffer {
  return tlv(0xa0 + tag, value);
}

function integer(value: Buffer): Buffer {
  return tlv(0x02, value);
}

/** Clears the sign and sets a bit below it, so that the number is positive and has no leading zero. */
function positive(value: Buffer): Buffer {
  value.writeUInt8((value.readUInt8(0) & 0x7f) | 0x40, 0);
  return value;
}

function bits(value: Uint8Array | readonly number[], unused = 0): Buffer {
  return tlv(0x03, Buffer.from([unused, ...value]));
}

function name(commonName: string): Buffer {
  const attribute = sequence(oid('2.5.4.3'), tlv(0x0c, Buffer.from(commonName)));
  return sequence(tlv(0x31, attribute));
}

/** UTCTime up to 2049, which is all that tests need (RFC 5280 §4.1.2.5.1). */
function time(instant: Date): Buffer {
  const digits = instant.toISOString().slice(2, 19).replaceAll(/\D/g, '');
  return tlv(0x17, Buffer.from(`${digits}Z`));
}

function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  return tlv(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

function base128(value: number): number[] {
  return value < 0x80 ? [value] : [...base128(value >> 7).map((byte) => byte | 0x80), value & 0x7f];
}

function toPem(der: Buffer): string {
  const lines = der.toString('base64').replaceAll(/.{64}(?=.)/g, '$&\n');
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}

const TRUE = tlv(0x01, Buffer.from([0xff]));
const ECDSA_WITH_SHA256 = sequence(oid('1.2.840.10045.4.3.2'));
