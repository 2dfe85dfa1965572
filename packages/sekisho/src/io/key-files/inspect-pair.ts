import { createPrivateKey, X509Certificate } from 'node:crypto';
import { type Domain, isCertificateFor, parseSubjectAltName } from '@sekisho/spec';
import { fitsTogether } from './fits-together.ts';
import type { PemPair } from './key-files.ts';

/** Why a certificate cannot serve a host. */
export type PairFault =
  | 'certificate-unreadable'
  | 'key-unreadable' // no PEM key, or one with a passphrase
  | 'key-mismatch'
  | 'certificate-name'
  | 'certificate-not-yet-valid'
  | 'certificate-expired';

/** What a key and a certificate are worth for one host at one moment. */
export type PairVerdict =
  | { readonly kind: 'good'; readonly notBeforeMs: number; readonly notAfterMs: number }
  | {
      readonly kind: 'bad';
      readonly code: PairFault;
      /** Both states: what is there and what must be. */
      readonly message: string;
    };

/** Judges a pair as a sender would judge what we serve with it (RFC 8461 §3.3), but for trust in the root. */
export function inspectPair(pair: PemPair, host: Domain, nowMs: number): PairVerdict {
  const certificate = tolerate(() => new X509Certificate(pair.chainPem));
  if (certificate === undefined)
    return bad('certificate-unreadable', 'the certificate is no PEM certificate');
  if (tolerate(() => createPrivateKey(pair.keyPem)) === undefined)
    return bad('key-unreadable', 'the key is no PEM private key without a passphrase');
  if (!fitsTogether(pair)) return bad('key-mismatch', 'the key is not that of the certificate');
  return judgeContents(certificate, host, nowMs);
}

function judgeContents(certificate: X509Certificate, host: Domain, nowMs: number): PairVerdict {
  const names = parseSubjectAltName(certificate.subjectAltName);
  const { validFromDate, validToDate } = certificate;
  const [notBeforeMs, notAfterMs] = [validFromDate.getTime(), validToDate.getTime()];
  if (!isCertificateFor(names, host))
    return bad('certificate-name', `the certificate is not for ${host}`);
  if (nowMs > notAfterMs)
    return bad('certificate-expired', `the certificate ended on ${validToDate.toISOString()}`);
  if (nowMs < notBeforeMs)
    return bad(
      'certificate-not-yet-valid',
      `the certificate begins on ${validFromDate.toISOString()}`,
    );
  return { kind: 'good', notBeforeMs, notAfterMs };
}

function bad(code: PairFault, message: string): PairVerdict {
  return { kind: 'bad', code, message };
}

/** Undefined where Node's reader of keys and certificates says no. */
function tolerate<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}
