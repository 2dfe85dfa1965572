import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createAddressGuard } from './address-guard.ts';

describe('createAddressGuard (AMB-18)', () => {
  const guard = createAddressGuard();

  it.each([
    ['8.8.8.8'],
    ['192.0.1.1'],
    ['172.32.0.1'],
    ['2606:4700::1111'],
    ['2a00:1450:4001::1'],
    ['64:ff9b::8.8.8.8'],
  ])('lets %s pass', (address) => {
    expect(guard(address)).toBe(true);
  });

  it.each([
    ['0.0.0.0', 'unspecified'],
    ['0.1.2.3', 'this network'],
    ['10.1.2.3', 'private'],
    ['172.16.0.1', 'private'],
    ['192.168.255.255', 'private'],
    ['127.0.0.1', 'loopback'],
    ['127.255.255.254', 'loopback'],
    ['169.254.169.254', 'link-local, where clouds keep secrets'],
    ['100.64.0.1', 'shared (RFC 6598)'],
    ['192.0.0.8', 'protocol assignments'],
    ['192.0.2.1', 'documentation'],
    ['198.51.100.1', 'documentation'],
    ['203.0.113.1', 'documentation'],
    ['198.18.0.1', 'benchmarking'],
    ['192.88.99.1', '6to4 relay'],
    ['224.0.0.1', 'multicast'],
    ['240.0.0.1', 'reserved'],
    ['255.255.255.255', 'broadcast'],
    ['::', 'unspecified'],
    ['::1', 'loopback'],
    ['::127.0.0.1', 'IPv4-compatible'],
    ['::ffff:8.8.8.8', 'IPv4-mapped'],
    ['::ffff:127.0.0.1', 'IPv4-mapped'],
    ['::ffff:0:8.8.8.8', 'IPv4-translated'],
    ['64:ff9b::127.0.0.1', 'NAT64 of loopback'],
    ['64:ff9b::a00:1', 'NAT64 of a private address'],
    ['64:ff9b:1::8.8.8.8', 'NAT64 of a local prefix'],
    ['100::1', 'discard'],
    ['2001::1', 'Teredo'],
    ['2001:2::1', 'benchmarking'],
    ['2001:20::1', 'ORCHID'],
    ['2001:db8::1', 'documentation'],
    ['3fff::1', 'documentation'],
    ['2002:7f00:1::', '6to4 of loopback'],
    ['2002:808:808::', '6to4'],
    ['5f00::1', 'segment routing'],
    ['fc00::1', 'unique-local'],
    ['fd12:3456::1', 'unique-local'],
    ['fe80::1', 'link-local'],
    ['fe80::1%eth0', 'link-local with a zone'],
    ['fec0::1', 'site-local'],
    ['ff02::1', 'multicast'],
    ['4000::1', 'not assigned'],
  ])('refuses %s: %s', (address) => {
    expect(guard(address)).toBe(false);
  });

  it.each([
    [''],
    ['localhost'],
    ['0x7f.1'],
    ['127.1'],
    ['2130706433'],
    ['8.8.8.8 '],
    ['8.8.8.8/32'],
    ['010.8.8.8'],
  ])('refuses %j, which is no address', (text) => {
    expect(guard(text)).toBe(false);
    expect(createAddressGuard(['any'])(text)).toBe(false);
  });

  it('lifts the refusal for the ranges that the operator allows, and for no others', () => {
    const lifted = createAddressGuard(['10.0.0.0/8', '192.0.2.7', 'fd00::/8']);
    expect(['10.9.9.9', '192.0.2.7', 'fd00::1', '64:ff9b::10.0.0.1'].every(lifted)).toBe(true);
    expect(['192.0.2.8', '127.0.0.1', '::ffff:10.0.0.1', '::1', '11.0.0.1'].map(lifted)).toEqual([
      false,
      false,
      false,
      false,
      true,
    ]);
  });

  it('lets everything that is an address pass with "any"', () => {
    expect(['127.0.0.1', '::1', '169.254.169.254'].every(createAddressGuard(['any']))).toBe(true);
  });

  it.each([
    ['10.0.0.0/33'],
    ['::/129'],
    ['10.0.0.0/'],
    ['10/8'],
    ['fe80::%eth0/10'],
    ['all'],
    [''],
  ])('does not accept %j as a range', (entry) => {
    expect(() => createAddressGuard([entry])).toThrow(TypeError);
  });

  it('judges an IPv4 address and the NAT64 address that leads to it alike', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        expect(guard(`64:ff9b::${address}`)).toBe(guard(address));
      }),
    );
  });

  it('never lets an IPv6 address outside 2000::/3 and NAT64 pass, and never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV6(), fc.string()), (text) => {
        if (guard(text) && text.includes(':')) expect(text).toMatch(/^(?:[23]|0{0,2}64:ff9b:)/i);
      }),
    );
  });
});
