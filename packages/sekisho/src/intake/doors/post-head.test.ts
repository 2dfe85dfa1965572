import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeHead, looksLikeReport, type PostHead } from './post-head.ts';

const PLACE = { path: '/v1/tlsrpt', largestBytes: 1000 };
const POST: PostHead = {
  method: 'POST',
  target: '/v1/tlsrpt',
  contentType: 'application/tlsrpt+gzip',
};

function statusOf(head: Partial<PostHead>, token?: string): number | string {
  const place = { ...PLACE, ...(token !== undefined && { token }) };
  const verdict = judgeHead({ ...POST, ...head }, place);
  if (verdict.kind === 'wrong') return verdict.status;
  return `${verdict.hasToken ? 'token' : 'open'}${verdict.mustLookLikeReport ? ' blind' : ''}`;
}

describe('judgeHead (RFC 8460 §5.4)', () => {
  it.each<[Partial<PostHead>, number | string]>([
    [{}, 'open'],
    [{ target: '/v1/tlsrpt?x=1' }, 'open'],
    [{ contentType: 'APPLICATION/tlsrpt+json; charset=utf-8' }, 'open'],
    [{ contentType: 'application/json', contentEncoding: 'GZIP' }, 'open'],
    [{ contentType: 'application/octet-stream', contentEncoding: 'identity' }, 'open'],
    [{ contentType: undefined }, 'open blind'],
    [{ contentType: 'application/x-www-form-urlencoded' }, 'open blind'],
    [{ contentType: 'multipart/form-data; boundary=x' }, 415],
    [{ contentType: 'text/html' }, 415],
    [{ contentEncoding: 'br' }, 415],
    [{ contentEncoding: 'gzip, gzip' }, 415],
    [{ method: 'GET' }, 405],
    [{ target: '/' }, 404],
    [{ target: '/v1/tlsrpt/extra' }, 404],
    [{ method: 'GET', target: '/other' }, 404],
    [{ contentLength: '1000' }, 'open'],
    [{ contentLength: '1001' }, 413],
  ])('%j: %s', (head, expected) => expect(statusOf(head)).toBe(expected));

  it.each<[string, number | string]>([
    ['/v1/tlsrpt/s3cret', 'token'],
    ['/v1/tlsrpt/s3cret?x', 'token'],
    ['/v1/tlsrpt', 404],
    ['/v1/tlsrpt/', 404],
    ['/v1/tlsrpt/s3cre', 404],
    ['/v1/tlsrpt/s3cret/', 404],
  ])('with a token, %s: %s', (target, expected) =>
    expect(statusOf({ target }, 's3cret')).toBe(expected),
  );

  it('never throws', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.string(),
        fc.string(),
        fc.string(),
        fc.string(),
        (method, target, contentType, contentEncoding, contentLength) => {
          judgeHead({ method, target, contentType, contentEncoding, contentLength }, PLACE);
        },
      ),
    );
  });
});

describe('looksLikeReport', () => {
  it.each([
    ['{"a":1}', true],
    ['\ufeff  {', true],
    ['[', true],
    ['\u001f\u008b\u0008', false],
    ['<html>', false],
    ['', false],
  ])('%j: %s', (text, expected) => expect(looksLikeReport(Buffer.from(text))).toBe(expected));

  it('knows gzip', () => expect(looksLikeReport(Buffer.from([0x1f, 0x8b, 8]))).toBe(true));
});
