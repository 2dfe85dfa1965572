import { isIP } from 'node:net';
import type { ListenAddress } from './listen-address.ts';

/** Something that is allowed and that an operator should have meant. */
export interface ConfigWarning {
  readonly key: string;
  readonly message: string;
}

/** Whether other machines reach an address. */
export function isExposed(address: ListenAddress): boolean {
  if (address.kind === 'unix') return false;
  const { host } = address;
  const loopback =
    isIP(host) === 4 ? host.startsWith('127.') : host === '::1' || host === 'localhost';
  return !loopback;
}
