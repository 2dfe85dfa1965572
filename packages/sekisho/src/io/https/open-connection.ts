import type { Socket } from 'node:net';
import type { Domain } from '@sekisho/spec';
import type { Clock } from '../clock/index.ts';
import type { Resolver } from '../dns/index.ts';
import type { AddressGuard } from './address-guard.ts';
import { lookupAddresses } from './addresses.ts';
import type { Attempt } from './attempt.ts';
import { connectFirst } from './connect.ts';
import { FetchFault } from './fetch-fault.ts';

interface Route {
  readonly resolver: Resolver;
  readonly clock: Clock;
  readonly port: number;
  readonly guard: AddressGuard;
}

/**
 * Looks up a policy host, judges its addresses and connects to the first that accepts. An address is judged
 * and connected to in the same form, so a second DNS answer cannot lead elsewhere.
 *
 * @throws FetchFault
 */
export async function openConnection(
  host: Domain,
  route: Route,
  attempt: Attempt,
): Promise<Socket> {
  attempt.stage = 'dns';
  const { prompt, late } = await lookupAddresses(host, { ...route, signal: attempt.signal });
  try {
    return await connectToAllowed(prompt, route, attempt);
  } catch (error) {
    const others = await late();
    if (others.length === 0) throw error;
    return connectToAllowed(others, route, attempt);
  }
}

async function connectToAllowed(
  addresses: readonly string[],
  { clock, port, guard }: Route,
  attempt: Attempt,
): Promise<Socket> {
  attempt.addresses = [...attempt.addresses, ...addresses];
  const allowed = addresses.filter(guard);
  if (allowed.length === 0) {
    throw new FetchFault(
      'address-refused',
      `address is ${addresses.join(', ')}, must be a global one or allowed in the configuration`,
    );
  }
  attempt.stage = 'connect';
  const { signal, hold } = attempt;
  const { socket, address } = await connectFirst(allowed, { port, clock, signal, hold });
  attempt.remoteAddress = address;
  return socket;
}
