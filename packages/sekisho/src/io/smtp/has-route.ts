import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';

/**
 * Whether this machine has a way to an address. A connected datagram socket sends nothing, but asks the routing table;
 * a TCP error alone could also come from a router far away, and then tells of the MX host.
 */
export function hasRoute(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
    const end = (found: boolean): void => {
      socket.close();
      resolve(found);
    };
    socket.once('error', () => end(false));
    socket.once('connect', () => end(true));
    socket.connect(25, address);
  });
}
