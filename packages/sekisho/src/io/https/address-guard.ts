import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

type Address = ReturnType<typeof ipaddr.parse>;
type Range = readonly [Address, number];

/** Whether a policy host may be reached at an address that the DNS gave. */
export type AddressGuard = (address: string) => boolean;

const NAT64: Range = [ipaddr.IPv6.parse('64:ff9b::'), 96];
const GLOBAL_UNICAST_V6: Range = [ipaddr.IPv6.parse('2000::'), 3];

/**
 * Judges addresses, because the name of a policy host is chosen by a stranger: only globally reachable
 * unicast addresses pass. Loopback, private, link-local, unique-local, shared (RFC 6598), documentation,
 * multicast, reserved, IPv4-mapped and tunnel (6to4, Teredo) addresses do not; a NAT64 address
 * (RFC 6052 `64:ff9b::/96`) is judged by the IPv4 address inside.
 *
 * @param allowed addresses or CIDR ranges that pass nevertheless; `any` lets every address pass.
 * @throws TypeError on an entry that is neither.
 */
export function createAddressGuard(allowed: readonly string[] = []): AddressGuard {
  if (allowed.includes('any')) return (address) => isIP(address) !== 0;
  const ranges = allowed.map(parseRange);
  const passes = (address: Address): boolean =>
    ranges.some((range) => contains(range, address)) ||
    (contains(NAT64, address) ? passes(embeddedV4(address)) : isGlobal(address));
  return (address) => isIP(address) !== 0 && passes(ipaddr.parse(address));
}

function isGlobal(address: Address): boolean {
  if (address.range() !== 'unicast') return false;
  return address.kind() === 'ipv4' || contains(GLOBAL_UNICAST_V6, address);
}

function contains([network, bits]: Range, address: Address): boolean {
  return network.kind() === address.kind() && address.match(network, bits);
}

function embeddedV4(address: Address): Address {
  return ipaddr.fromByteArray(address.toByteArray().slice(-4));
}

function parseRange(text: string): Range {
  const [host = '', bits] = text.split('/', 2);
  const version = isIP(host);
  const most = version === 4 ? 32 : 128;
  if (version === 0 || host.includes('%') || !isPrefixLength(bits, most)) {
    throw new TypeError(
      `Cannot allow policy host addresses "${text}": must be an IP address, a CIDR range or "any"`,
    );
  }
  return [ipaddr.parse(host), bits === undefined ? most : Number(bits)];
}

function isPrefixLength(bits: string | undefined, most: number): boolean {
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most);
}
