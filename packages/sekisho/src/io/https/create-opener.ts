import type { Socket } from 'node:net';
import type { Domain } from '@sekisho/spec';
import type { Clock } from '../clock/index.ts';
import type { Resolver } from '../dns/index.ts';
import { createAddressGuard } from './address-guard.ts';
import type { Attempt } from './attempt.ts';
import { openConnection } from './open-connection.ts';
import { connectThroughProxy, isExempt, parseProxy } from './proxy.ts';

export interface OpenerOptions {
  /** Looks up the host; the system's own lookup is never used for it. */
  readonly resolver: Resolver;
  readonly clock: Clock;
  /** Addresses and CIDR ranges to connect to though they are not global, or `any`; default none. */
  readonly allowedAddresses?: readonly string[];
  /** As `HTTPS_PROXY`: `http://[user:password@]host[:port]`. It then looks up and judges the addresses. */
  readonly proxy?: string;
  /** As `NO_PROXY`, split at commas: hosts that are connected to without the proxy. */
  readonly noProxy?: readonly string[];
}

/** Opens a TCP connection to a host that a stranger has named. @throws FetchFault */
export type Opener = (host: Domain, port: number, attempt: Attempt) => Promise<Socket>;

/** @throws TypeError when an option cannot be used. */
export function createOpener(options: OpenerOptions): Opener {
  const { resolver, clock, noProxy = [] } = options;
  const guard = createAddressGuard(options.allowedAddresses);
  const proxy = options.proxy === undefined ? undefined : parseProxy(options.proxy);
  return (host, port, attempt) =>
    proxy === undefined || isExempt(host, noProxy)
      ? openConnection(host, { resolver, clock, port, guard }, attempt)
      : connectThroughProxy(proxy, `${host}:${port}`, attempt);
}
