import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LONGEST_HEAD_BYTES, readRequestHead } from './request-head.ts';

const read = (text: string) => readRequestHead(Buffer.from(text, 'latin1'));
const request = (...lines: readonly string[]): string => `${lines.join('\r\n')}\r\n\r\n`;
const get = (...headers: readonly string[]) => read(request('GET / HTTP/1.1', ...headers));

describe('readRequestHead (RFC 9112 §2, §3, §5)', () => {
  it('reads what decides the answer, and where the next request begins', () => {
    const text = request(
      'GET /.well-known/mta-sts.txt HTTP/1.1',
      'HOST: mta-sts.example.com',
      'User-Agent:  Postfix ',
      'X-Forwarded-For: 192.0.2.1',
      'x-forwarded-for: 192.0.2.2',
      'Accept: */*',
    );
    expect(read(`${text}GET /`)).toEqual({
      kind: 'request',
      head: {
        method: 'GET',
        path: '/.well-known/mta-sts.txt',
        host: 'mta-sts.example.com',
        userAgent: 'Postfix',
        forwardedFor: '192.0.2.1,192.0.2.2',
        isPersistent: true,
        hasBody: false,
        sizeBytes: text.length,
      },
    });
  });

  it.each([
    ['GET / HTTP/1.1', [], true, false],
    ['GET / HTTP/1.0', [], false, false],
    ['GET / HTTP/1.1', ['Connection: TE, Close'], false, false],
    ['GET / HTTP/1.1', ['Connection: closer'], true, false],
    ['POST / HTTP/1.1', ['Content-Length: 5'], false, true],
    ['POST / HTTP/1.1', ['Content-Length: 0'], true, false],
    ['POST / HTTP/1.1', ['Transfer-Encoding: chunked'], false, true],
  ])('%s %j: persistent %s, body %s', (line, headers, isPersistent, hasBody) => {
    expect(read(request(line, 'Host: a', ...headers))).toMatchObject({
      head: { isPersistent, hasBody },
    });
  });

  it.each([
    ['GET https://mta-sts.a.test/x HTTP/1.1', 'mta-sts.a.test', '/x'],
    ['GET HTTP://mta-sts.a.test HTTP/1.1', 'mta-sts.a.test', '/'],
    ['GET /x?y HTTP/1.1', 'b', '/x?y'],
    ['OPTIONS * HTTP/1.1', 'b', '*'],
  ])('%s is for host %s and path %s', (line, host, path) => {
    expect(read(request(line, 'Host: b'))).toMatchObject({ head: { host, path } });
  });

  it('ignores an empty line before the request', () => {
    const text = request('GET / HTTP/1.1', 'Host: a');
    expect(read(`\r\n${text}`)).toMatchObject({ head: { sizeBytes: text.length + 2 } });
  });

  it.each([
    ['no Host', get('Accept: */*'), 400],
    ['Host twice', get('Host: a', 'host: a'), 400],
    ['an empty Host', get('Host: '), 400],
    ['an absolute form without host', read(request('GET http:/// HTTP/1.1', 'Host: a')), 400],
    ['a folded line', get('Host: a', ' b'), 400],
    ['white space before the colon', get('Host: a', 'X : b'), 400],
    ['a line without colon', get('Host: a', 'X'), 400],
    ['a NUL', get('Host: a', 'X: \0'), 400],
    ['a lone LF', get('Host: a\nX: b'), 400],
    ['a lone CR', get('Host: a\rX: b'), 400],
    ['a length that is none', get('Host: a', 'Content-Length: +5'), 400],
    ['a space too many', read(request('GET  / HTTP/1.1', 'Host: a')), 400],
    ['HTTP/2 in clear', read(request('PRI * HTTP/2.0', 'Host: a')), 505],
    ['HTTP/0.9', read('GET /\r\n'), 400],
    ['a TLS record', readRequestHead(Buffer.from([22, 3, 1, 0, 5])), 400],
    ['a first line that is none', read('hello\r\n'), 400],
    ['65 headers', get('Host: a', ...Array.from({ length: 64 }, () => 'X: y')), 431],
    ['a giant header', get('Host: a', `X: ${'y'.repeat(LONGEST_HEAD_BYTES)}`), 431],
    ['a giant target, even unfinished', read(`GET /${'y'.repeat(LONGEST_HEAD_BYTES)}`), 431],
  ])('refuses %s', (_, reading, status) => {
    expect(reading).toEqual({ kind: 'bad', status });
  });

  it('waits for more at every length of a good request', () => {
    const bytes = Buffer.from(request('GET /x HTTP/1.1', 'Host: a', 'User-Agent: b'));
    for (let length = 0; length < bytes.length; length += 1)
      expect(readRequestHead(bytes.subarray(0, length))).toEqual({ kind: 'partial' });
  });

  const token = fc.stringMatching(/^[A-Za-z-]{1,12}$/);
  const value = fc.stringMatching(/^[!-~]([ -~]{0,40}[!-~])?$/);

  it('reads back whatever good headers it is given', () => {
    fc.assert(
      fc.property(token, value, fc.array(fc.tuple(token, value)), (method, host, others) => {
        const lines = others.map(([name, text]) => `x-${name}: ${text}`);
        const text = request(`${method} /x HTTP/1.1`, ...lines, `Host:${host}`);
        expect(read(text)).toMatchObject({
          kind: 'request',
          head: { method, host, sizeBytes: text.length },
        });
      }),
    );
  });

  it('is total: it never throws, and never waits for more than its limit', () => {
    const kinds = new Set(['request', 'partial', 'bad']);
    const good = request('GET /x HTTP/1.1', 'Host: a');
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(good.length), (noise, at) => {
        const mixed = Buffer.concat([Buffer.from(good.slice(0, at)), noise, Buffer.from(good)]);
        expect(kinds).toContain(readRequestHead(Buffer.from(noise)).kind);
        expect(kinds).toContain(readRequestHead(mixed).kind);
        const long = Buffer.concat([
          mixed.subarray(0, at + noise.length),
          Buffer.alloc(LONGEST_HEAD_BYTES + 2, 'a'),
        ]);
        expect(readRequestHead(long).kind).not.toBe('partial');
      }),
    );
  });
});
