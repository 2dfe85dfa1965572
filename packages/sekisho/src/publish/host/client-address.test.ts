import { describe, expect, it } from 'vitest';
import {
  addressGroup,
  createAddressRanges,
  forwardedAddress,
  plainAddress,
} from './client-address.ts';

const trusted = createAddressRanges(['10.0.0.0/8', '::1', '2001:db8::/32']);

describe('forwardedAddress', () => {
  it.each([
    ['the one that the proxy saw', '192.0.2.9', '192.0.2.9'],
    ['not what the client wrote itself', '203.0.113.7, 192.0.2.9', '192.0.2.9'],
    ['through two proxies of ours', '192.0.2.9, 10.1.1.1', '192.0.2.9'],
    ['the proxy when it says nothing', '', '10.0.0.1'],
    ['the proxy when it says no address', 'unknown', '10.0.0.1'],
    ['the inner proxy when no address stands before it', 'x, 10.1.1.1', '10.1.1.1'],
    ['IPv6', '2001:db7::1', '2001:db7::1'],
    ['IPv4 in IPv6', '::ffff:192.0.2.9', '192.0.2.9'],
  ])('is %s', (_, header, address) => {
    expect(forwardedAddress('10.0.0.1', header, trusted)).toBe(address);
  });
});

describe('createAddressRanges', () => {
  it.each([
    ['10.255.0.1', true],
    ['::ffff:10.0.0.1', true],
    ['2001:db8:1::', true],
    ['11.0.0.1', false],
    ['2001:db9::1', false],
    ['', false],
    ['example.com', false],
  ])('%s: %s', (address, isIncluded) => {
    expect(trusted.includes(address)).toBe(isIncluded);
  });

  it.each(['10.0.0.0/33', 'example.com', '', '10.0.0.0/', 'fe80::1%eth0'])(
    'refuses %j',
    (range) => {
      expect(() => createAddressRanges([range])).toThrow(
        `Cannot trust proxies at "${range}": must be an IP address or a CIDR range`,
      );
    },
  );
});

describe('addressGroup', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2::1', '2001:db8:1:2'],
    ['2001:db8:1:2:ffff::', '2001:db8:1:2'],
    ['2001:db8::1', '2001:db8:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
    ['', ''],
  ])('%s counts with %s', (address, group) => {
    expect(addressGroup(plainAddress(address))).toBe(group);
  });
});
