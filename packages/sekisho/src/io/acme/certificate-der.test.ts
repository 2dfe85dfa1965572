import {
  createHash,
  createHmac,
  createPublicKey,
  generateKeyPairSync,
  verify,
  X509Certificate,
} from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCertificateAuthority } from '../../../../../test/peers/certificates.ts';
import {
  certificateId,
  createCertificateRequest,
  createChallengeCertificate,
  readDer,
} from './certificate-der.ts';
import { bindExternalAccount, publicJwk, signRequest, thumbprint } from './jws.ts';
import { codeOfProblem, readProblem, readRetryAfter } from './problem.ts';

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const HOST = 'mta-sts.example.test';
const NOW_MS = Date.UTC(2026, 0, 1);

describe('createCertificateRequest (RFC 2986, RFC 8555 §7.4)', () => {
  const request = createCertificateRequest(HOST, privateKey);
  const [information, algorithm, signature] = readDer(readDer(request)[0]?.value ?? Buffer.of());

  it('is signed by its own key', () => {
    const signed = request.subarray(request.indexOf(0x30, 1), request.length);
    const length = (information?.value.length ?? 0) + (signed[1] === 0x81 ? 3 : 2);
    const bits = signature?.value.subarray(1) ?? Buffer.of();
    expect(verify('sha256', signed.subarray(0, length), publicKey, bits)).toBe(true);
    expect(algorithm?.tag).toBe(0x30);
  });

  it('names the host in subjectAltName alone', () => {
    expect(request.toString('latin1').split(HOST)).toHaveLength(2);
    const [version, subject] = readDer(information?.value ?? Buffer.of());
    expect(version?.value).toEqual(Buffer.of(0));
    expect(subject?.value).toHaveLength(0);
  });
});

describe('createChallengeCertificate (RFC 8737 §3)', () => {
  const { chainPem, keyPem } = createChallengeCertificate(HOST, 'token.thumbprint', NOW_MS);
  const certificate = new X509Certificate(chainPem);

  it('names the host, is signed by itself, and is valid now', () => {
    expect(certificate.subjectAltName).toBe(`DNS:${HOST}`);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.publicKey.equals(createPublicKey(keyPem))).toBe(true);
    expect(certificate.validFromDate.getTime()).toBeLessThan(NOW_MS);
    expect(certificate.validToDate.getTime()).toBeGreaterThan(NOW_MS);
  });

  it('carries the hash of the key authorization in a critical extension', () => {
    const digest = createHash('sha256').update('token.thumbprint').digest();
    const extension = Buffer.concat([
      Buffer.from('06082b0601050507011f0101ff04220420', 'hex'),
      digest,
    ]);
    expect(certificate.raw.includes(extension)).toBe(true);
  });

  it('is valid beyond 2049 as well', () => {
    const late = createChallengeCertificate(HOST, 'a.b', Date.UTC(2055, 5, 1));
    expect(new X509Certificate(late.chainPem).validToDate.getUTCFullYear()).toBe(2055);
  });
});

describe('certificateId (RFC 9773 §4.1)', () => {
  const authority = createCertificateAuthority();

  it('is the key identifier of the issuer and the serial number', () => {
    const { chainPem, certPem } = authority.issue({ dnsNames: [HOST] });
    const intermediate = new X509Certificate(chainPem.slice(certPem.length));
    const spki = intermediate.publicKey.export({ type: 'spki', format: 'der' });
    const serial = Buffer.from(new X509Certificate(certPem).serialNumber, 'hex');
    const keyId = createHash('sha1').update(spki).digest('base64url');
    expect(certificateId(chainPem)).toBe(`${keyId}.${serial.toString('base64url')}`);
  });

  it.each([
    [
      'a certificate without the key identifier',
      createChallengeCertificate(HOST, 'a.b', 0).chainPem,
    ],
    ['no certificate', 'x'],
    ['nothing', ''],
  ])('is undefined for %s', (_what, pem) => expect(certificateId(pem)).toBeUndefined());
});

describe('readDer', () => {
  it('reads or throws RangeError, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          return readDer(Buffer.from(bytes)).length <= 100;
        } catch (error) {
          return error instanceof RangeError;
        }
      }),
    );
  });
});

describe('requests (RFC 8555 §6.2)', () => {
  const open = (text: string): unknown => JSON.parse(Buffer.from(text, 'base64url').toString());

  it('are signed with ES256 over header and payload', () => {
    const jws = signRequest(
      privateKey,
      { kid: 'https://a/1', nonce: 'n', url: 'https://a/2' },
      { a: 1 },
    );
    const signature = Buffer.from(jws.signature, 'base64url');
    const signed = Buffer.from(`${jws.protected}.${jws.payload}`);
    const key = { key: publicKey, dsaEncoding: 'ieee-p1363' } as const;
    expect(verify('sha256', signed, key, signature)).toBe(true);
    const head = { alg: 'ES256', kid: 'https://a/1', nonce: 'n', url: 'https://a/2' };
    expect(open(jws.protected)).toEqual(head);
    expect(open(jws.payload)).toEqual({ a: 1 });
  });

  it('are POST-as-GET without a payload (RFC 8555 §6.3)', () => {
    const header = { kid: 'https://a/1', nonce: 'n', url: 'https://a/2' };
    expect(signRequest(privateKey, header, undefined).payload).toBe('');
  });

  it('bind an external account with its key (RFC 8555 §7.3.4)', () => {
    const macKey = Buffer.from('secret');
    const jwk = publicJwk(privateKey);
    const jws = bindExternalAccount({ keyId: 'k', macKey }, 'https://a/new', jwk);
    const mac = createHmac('sha256', macKey).update(`${jws.protected}.${jws.payload}`);
    expect(jws.signature).toBe(mac.digest('base64url'));
    expect(open(jws.payload)).toEqual(jwk);
  });

  it('know keys by the hash of RFC 7638', () => {
    const jwk = { kty: 'EC', crv: 'P-256', y: 'y', x: 'x' };
    const text = '{"crv":"P-256","kty":"EC","x":"x","y":"y"}';
    expect(thumbprint(jwk)).toBe(createHash('sha256').update(text).digest('base64url'));
  });

  it('refuse other keys than P-256', () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    expect(() => publicJwk(rsa)).toThrow(TypeError);
  });
});

describe('readRetryAfter (RFC 9110 §10.2.3)', () => {
  it.each([
    ['120', 120_000],
    [' 120 ', 120_000],
    ['0', 1000],
    ['99999999', 604_800_000],
    [new Date(NOW_MS + 60_000).toUTCString(), 60_000],
    [new Date(NOW_MS - 60_000).toUTCString(), 1000],
    ['soon', undefined],
    ['-5x', undefined],
    [undefined, undefined],
  ])('%j', (header, ms) => expect(readRetryAfter(header, NOW_MS)).toBe(ms));
});

describe('readProblem (RFC 8555 §6.7)', () => {
  it('joins the details of its parts, escaped', () => {
    const type = 'urn:ietf:params:acme:error:caa';
    const problem = { type, detail: 'no\u001b[1m', subproblems: [{ detail: 'a\nb' }] };
    expect(readProblem(problem)).toEqual({ type: 'caa', text: 'caa: no\\x1b[1m; a\\nb' });
  });

  it.each([
    ['rateLimited', 400, 'rate-limited'],
    ['other', 429, 'rate-limited'],
    ['other', 404, 'not-found'],
    ['other', 503, 'server'],
    ['constructor', 403, 'refused'],
    ['alreadyReplaced', 409, 'already-replaced'],
  ])('%s with status %i is %s', (type, status, code) =>
    expect(codeOfProblem({ type, text: '' }, status)).toBe(code),
  );

  it('gives one short printable line of any JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => /^[^\p{Cc}]{1,40000}$/u.test(readProblem(value).text)),
    );
  });
});
