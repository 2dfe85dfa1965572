import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatListenAddress, parseListenAddress } from './listen-address.ts';

describe('parseListenAddress', () => {
  it.each([
    ['127.0.0.1:8461', { kind: 'tcp', host: '127.0.0.1', port: 8461 }],
    ['[::1]:8461', { kind: 'tcp', host: '::1', port: 8461 }],
    ['localhost:0', { kind: 'tcp', host: 'localhost', port: 0 }],
    ['unix:/run/sekisho/map', { kind: 'unix', path: '/run/sekisho/map' }],
  ])('%s', (text, value) => {
    expect(parseListenAddress(text)).toEqual({ ok: true, value });
  });

  it.each([
    ['', 'the port is missing'],
    ['8461', 'the port is missing'],
    [':8461', 'the host is missing'],
    ['[localhost]:1', 'what stands in brackets is no IPv6 address'],
    ['::1:8461', 'an IPv6 address needs brackets'],
    ['1.2.3:1', 'the host is no IPv4 address'],
    ['a b:1', 'the host is neither an address nor a name'],
    ['a:65536', 'the port is 65536, at most 65535 is possible'],
    ['127.0.0.1:8461 ', 'there is a space before or after the address'],
    ['inet:127.0.0.1:8461', 'the prefix "inet:" belongs to Postfix, not here'],
    ['unix:run', 'the path of the Unix socket is not absolute'],
    [`unix:/${'x'.repeat(107)}`, 'the path of the Unix socket has 108 bytes, at most 107 fit'],
  ])('refuses %j', (text, problem) => {
    expect(parseListenAddress(text)).toEqual({ ok: false, problem });
  });

  it('reads what formatListenAddress writes', () => {
    const host = fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain());
    const tcp = fc.record({ kind: fc.constant('tcp' as const), host, port: fc.nat(65_535) });
    const path = fc.string({ maxLength: 40 }).map((text) => `/${text.replaceAll('\0', '')}`.trim());
    const unix = fc.record({ kind: fc.constant('unix' as const), path });
    fc.assert(
      fc.property(fc.oneof(tcp, unix), (address) => {
        expect(parseListenAddress(formatListenAddress(address))).toEqual({
          ok: true,
          value: address,
        });
      }),
    );
  });
});
