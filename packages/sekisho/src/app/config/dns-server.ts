import { parseServerAddress, type ServerAddress } from '../../io/dns/index.ts';

type DnsServerResult =
  | { readonly ok: true; readonly value: ServerAddress }
  | { readonly ok: false; readonly problem: string };

/** Reads the address of a resolver; a name is refused, because looking it up would need a resolver. */
export function parseDnsServer(text: string): DnsServerResult {
  const value = parseServerAddress(text);
  return value === undefined
    ? { ok: false, problem: 'it is no IP address with an optional port' }
    : { ok: true, value };
}
