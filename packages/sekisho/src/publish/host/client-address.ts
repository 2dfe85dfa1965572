import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

type Address = ReturnType<typeof ipaddr.parse>;

/** Ranges of addresses. */
export interface AddressRanges {
  includes(address: string): boolean;
}

/**
 * @param ranges addresses or CIDR ranges.
 * @throws TypeError on an entry that is neither.
 */
export function createAddressRanges(ranges: readonly string[]): AddressRanges {
  const parsed = ranges.map(parseRange);
  return {
    includes(text) {
      if (parsed.length === 0 || isIP(text) === 0) return false;
      const address = ipaddr.process(text);
      return parsed.some(
        ([network, bits]) => network.kind() === address.kind() && address.match(network, bits),
      );
    },
  };
}

function parseRange(text: string): readonly [Address, number] {
  const [host = '', bits] = text.split('/', 2);
  const version = isIP(host);
  const most = version === 4 ? 32 : 128;
  const isLength = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most);
  if (version === 0 || host.includes('%') || !isLength)
    throw new TypeError(`Cannot trust proxies at "${text}": must be an IP address or a CIDR range`);
  return [ipaddr.parse(host), bits === undefined ? most : Number(bits)];
}

/** IPv4 in its own form also where a socket for both families accepted it. */
export function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}

/**
 * Who asked: the last address in `X-Forwarded-For` that is not a proxy of ours. What stands before it the client may
 * have written itself. An entry that is no address ends the search with the proxy that passed it on.
 */
export function forwardedAddress(
  peer: string,
  forwardedFor: string,
  trusted: AddressRanges,
): string {
  let client = peer;
  for (const entry of forwardedFor.split(',').toReversed()) {
    const address = plainAddress(entry.trim());
    if (isIP(address) === 0) return client;
    client = address;
    if (!trusted.includes(address)) return client;
  }
  return client;
}

/** Whose connections are counted together: an IPv4 address, or the /64 that one subscriber has in IPv6. */
export function addressGroup(address: string): string {
  if (isIP(address) !== 6) return address;
  const parts = ipaddr.IPv6.parse(address.split('%', 1)[0] ?? '').parts.slice(0, 4);
  return parts.map((part) => part.toString(16)).join(':');
}
