import { isIPv4, isIPv6 } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyText } from '../../../../test/texts/any-text.ts';
import { isIpv4Address, isIpv6Address } from './ip-address.ts';

describe('isIpv4Address (RFC 5321 §4.1.3)', () => {
  it.each(['192.0.2.1', '0.0.0.0', '255.255.255.255'])('takes %j', (text) => {
    expect(isIpv4Address(text)).toBe(true);
  });
  it.each(['', '1.2.3', '1.2.3.256', '1.2.3.4.', '1.2.3.4.5', '0x1.2.3.4', '1.2.3.-4', ' 1.2.3.4'])(
    'refuses %j',
    (text) => {
      expect(isIpv4Address(text)).toBe(false);
    },
  );
});

describe('isIpv6Address (RFC 4291 §2.2)', () => {
  it.each([
    '::',
    '::1',
    '1::',
    '2001:db8::1',
    '1:2:3:4:5:6:7:8',
    '::ffff:192.0.2.1',
    '1:2:3:4:5:6:192.0.2.1',
    'fe80::1%eth0',
  ])('takes %j', (text) => {
    expect(isIpv6Address(text)).toBe(true);
  });
  it.each([
    '',
    ':',
    ':::',
    '1:2:3',
    '1:2:3:4:5:6:7:8:9',
    '1::2::3',
    'g::',
    '12345::',
    '192.0.2.1::',
    'fe80::1%',
    '1.2.3.4',
  ])('refuses %j', (text) => {
    expect(isIpv6Address(text)).toBe(false);
  });

  it('agrees with Node', () => {
    const addresses = fc.oneof(
      fc.ipV6(),
      fc.string({ unit: fc.constantFrom('0', 'f', ':', '::', '1.2.3.4', '.'), maxLength: 20 }),
    );
    fc.assert(
      fc.property(addresses, (text) => {
        expect(isIpv6Address(text)).toBe(isIPv6(text));
      }),
      { numRuns: 2000 },
    );
  });

  it('never throws, and takes no other text than Node does', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(isIpv4Address(text)).toBe(isIPv4(text));
        expect(isIpv6Address(text)).toBe(isIPv6(text));
      }),
    );
  });
});
