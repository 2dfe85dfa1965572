import { isIP } from 'node:net';

type IpAddressResult =
  | { readonly ok: true; readonly value: string }
  | { readonly ok: false; readonly problem: string };

/** Reads an IP address without port or zone. */
export function parseIpAddress(text: string): IpAddressResult {
  return isIP(text) !== 0 && !text.includes('%')
    ? { ok: true, value: text }
    : { ok: false, problem: 'it is no IP address' };
}
