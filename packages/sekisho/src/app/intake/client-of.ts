import { BlockList, isIP } from 'node:net';

/**
 * Whose requests count together: the peer, or what proxies of ours say of it. What stands in `X-Forwarded-For` before the
 * last address that is none of our proxies, the client may have written itself.
 *
 * @param trusted address ranges, such as `127.0.0.0/8`.
 */
export function createClientOf(
  trusted: readonly string[],
): (peer: string, forwardedFor: string | undefined) => string {
  const proxies = new BlockList();
  for (const range of trusted) addRange(proxies, range);
  const isProxy = (address: string): boolean =>
    isIP(address) !== 0 && proxies.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6');
  return (peer, forwardedFor = '') => {
    let client = plain(peer);
    // A proxy on this machine may come by a Unix socket.
    if (!isProxy(client) && isIP(client) !== 0) return client;
    for (const entry of forwardedFor.split(',').toReversed()) {
      const address = plain(entry.trim());
      if (isIP(address) === 0) return client;
      client = address;
      if (!isProxy(client)) return client;
    }
    return client;
  };
}

function addRange(proxies: BlockList, range: string): void {
  const [address = '', bits] = range.split('/');
  const isV4 = isIP(address) === 4;
  proxies.addSubnet(address, Number(bits ?? (isV4 ? 32 : 128)), isV4 ? 'ipv4' : 'ipv6');
}

/** IPv4 in its own form also where a socket for both families accepted it. */
function plain(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}
