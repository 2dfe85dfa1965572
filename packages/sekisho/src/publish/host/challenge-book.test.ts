import { describe, expect, it } from 'vitest';
import { createCertificateAuthority } from '../../../../../test/peers/certificates.ts';
import { createChallengeBook } from './challenge-book.ts';

describe('createChallengeBook (RFC 8555 §8.3, RFC 8737)', () => {
  it('knows a challenge for its host name only, until it is removed', () => {
    const book = createChallengeBook();
    book.addHttp('mta-sts.a.test', 'token', 'answer');
    expect(book.findHttp('MTA-STS.a.test', 'token')).toBe('answer');
    expect(book.findHttp('mta-sts.b.test', 'token')).toBeUndefined();
    expect(book.findHttp('mta-sts.a.test', 'other')).toBeUndefined();
    book.removeHttp('mta-sts.A.test', 'token');
    expect(book.findHttp('mta-sts.a.test', 'token')).toBeUndefined();
  });

  it('holds a certificate for tls-alpn-01', () => {
    const book = createChallengeBook();
    book.addAlpn('mta-sts.a.test', createCertificateAuthority().issue({ signedBy: 'self' }));
    expect(book.findAlpn('mta-sts.A.test')).toBeDefined();
    book.removeAlpn('mta-sts.a.test');
    expect(book.findAlpn('mta-sts.a.test')).toBeUndefined();
  });

  it('lets the oldest challenge go rather than grow without end', () => {
    const book = createChallengeBook();
    for (let index = 0; index <= 1000; index += 1) book.addHttp('a.test', String(index), 'x');
    expect(book.findHttp('a.test', '0')).toBeUndefined();
    expect(book.findHttp('a.test', '1000')).toBe('x');
  });
});
