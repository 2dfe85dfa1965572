import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatServerAddress, parseServerAddress } from './server-address.ts';

describe('parseServerAddress', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1', 53],
    ['127.0.0.1:5353', '127.0.0.1', 5353],
    ['2001:db8::1', '2001:db8::1', 53],
    ['[::1]:5353', '::1', 5353],
    ['[::1]', '::1', 53],
    ['::1', '::1', 53],
    ['fe80::1%eth0', 'fe80::1%eth0', 53],
    ['[fe80::1%eth0]:65535', 'fe80::1%eth0', 65_535],
  ])('reads %s', (text, host, port) => {
    expect(parseServerAddress(text)).toEqual({ host, port });
  });

  it.each([
    '',
    ' 192.0.2.1',
    'ns.example.test',
    'localhost:53',
    '192.0.2',
    '192.0.2.1:',
    '192.0.2.1:0',
    '192.0.2.1:053',
    '192.0.2.1:65536',
    '192.0.2.1:53:53',
    '[192.0.2.1]:53',
    '[::1',
    '[::1]53',
    '[::1]:x',
    '::1]:53',
    'fe80::1%',
  ])('refuses "%s"', (text) => {
    expect(parseServerAddress(text)).toBeUndefined();
  });

  it('reads what formatServerAddress writes', () => {
    const host = fc.oneof(fc.ipV4(), fc.ipV6());
    const port = fc.integer({ min: 1, max: 65_535 });
    fc.assert(
      fc.property(fc.record({ host, port }), (address) => {
        expect(parseServerAddress(formatServerAddress(address))).toEqual(address);
      }),
    );
  });

  it('never throws, and gives no port out of range', () => {
    const character = fc.constantFrom('0', '1', '5', '9', '.', ':', '[', ']', '%', 'a', 'f', ' ');
    fc.assert(
      fc.property(fc.string({ unit: character }), (text) => {
        const { port = 53 } = parseServerAddress(text) ?? {};
        expect(port).toBeGreaterThan(0);
        expect(port).toBeLessThan(65_536);
      }),
    );
  });
});
