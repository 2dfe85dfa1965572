import type { Exchange, ExchangeBounds, Request } from './exchange.ts';
import type { ServerAddress } from './server-address.ts';
import { exchangeTcp } from './tcp.ts';
import { exchangeUdp } from './udp.ts';

/** What always fits into a datagram (RFC 1035 §2.3.4). */
const DATAGRAM_BYTES = 512;

/**
 * Sends a message over UDP, and over TCP if it or its answer is too long for that. Each way has the time given.
 *
 * @param bounds with `overTcp`, UDP is not tried.
 * @param makeRequest called for each way, so that each has its own id.
 */
export async function exchangeMessage<T>(
  server: ServerAddress,
  makeRequest: () => Request<T>,
  bounds: ExchangeBounds & { readonly overTcp?: boolean },
): Promise<Exchange<T>> {
  const request = makeRequest();
  const isLong = request.bytes.length > DATAGRAM_BYTES;
  if (bounds.overTcp === true || isLong) return exchangeTcp(server, request, bounds);
  const overUdp = await exchangeUdp(server, request, bounds);
  return overUdp.kind === 'truncated' ? exchangeTcp(server, makeRequest(), bounds) : overUdp;
}
