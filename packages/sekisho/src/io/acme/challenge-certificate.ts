import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import type { PemPair } from '../key-files/index.ts';
import { ECDSA_WITH_SHA256, subjectAltName } from './certificate-request.ts';
import { der } from './der.ts';

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
