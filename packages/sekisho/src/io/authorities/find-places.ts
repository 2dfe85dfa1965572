import type { DnsFailure, DnsResult, LookupOptions, Resolver } from '../dns/index.ts';
import { escapeText } from '../log/index.ts';

/** One address of one server, or why none is known. */
export type Place = { readonly server: string } & (
  | { readonly address: string }
  | { readonly address?: never; readonly failure: DnsFailure }
);

/** Of one family of one server. */
const ADDRESSES_MAX = 4;

/** Finds every address of every server; a server without any gives one place that says why. */
export async function findPlaces(
  resolver: Pick<Resolver, 'lookupA' | 'lookupAaaa'>,
  servers: readonly string[],
  options: LookupOptions,
): Promise<readonly Place[]> {
  const places = await Promise.all(
    servers.map(async (server) => {
      const [a, aaaa] = await Promise.all([
        resolver.lookupA(server, options),
        resolver.lookupAaaa(server, options),
      ]);
      return toPlaces(server, a, aaaa);
    }),
  );
  return places.flat();
}

function toPlaces(server: string, a: DnsResult<string>, aaaa: DnsResult<string>): readonly Place[] {
  const found = [...addressesOf(a), ...addressesOf(aaaa)];
  if (found.length > 0) {
    return found.map((address) => ({ server, address }));
  }
  const failures = [a, aaaa].filter((result) => result.kind === 'failure');
  return [{ server, failure: failures[0] ?? noAddress(server) }];
}

function addressesOf(result: DnsResult<string>): readonly string[] {
  return result.kind === 'answer' ? [...new Set(result.records)].slice(0, ADDRESSES_MAX) : [];
}

function noAddress(server: string): DnsFailure {
  const message = `Cannot ask the server "${escapeText(server)}": its name has no address`;
  return { kind: 'failure', code: 'network', message };
}
