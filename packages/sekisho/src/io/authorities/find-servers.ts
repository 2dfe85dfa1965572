import {
  type DnsFailure,
  type DnsResult,
  isQueryName,
  type LookupOptions,
  type Resolver,
} from '../dns/index.ts';
import { escapeText } from '../log/index.ts';
import type { AuthorityLookup } from './authorities.ts';

/** The zone in which a name stands, and who answers for it. */
interface Zone {
  readonly kind: 'zone';
  readonly zone: string;
  /** Names of its servers; at least one. */
  readonly servers: readonly string[];
}

type ZoneFailure = Extract<AuthorityLookup, { readonly kind: 'failure' }>;

/** More than any zone has: NS records that do not end cost us queries, not the one who publishes them. */
const SERVERS_MAX = 16;

/**
 * Goes from the name upwards until something has NS records: there the zone begins (RFC 1034 §4.2.1).
 * NS records reached through a CNAME are those of another name, and do not count.
 */
export async function findZone(
  resolver: Pick<Resolver, 'lookupNs'>,
  name: string,
  options: LookupOptions,
): Promise<Zone | ZoneFailure> {
  if (!isQueryName(name)) return notFound('a name that cannot be asked for');
  const labels = name.split('.');
  for (let top = 0; top < labels.length; top += 1) {
    const zone = labels.slice(top).join('.');
    // One after the other: the first one up that has NS records decides.
    const found = await resolver.lookupNs(zone, options);
    if (found.kind === 'failure') return toZoneFailure(found);
    const servers = [...new Set(found.records)].slice(0, SERVERS_MAX);
    if (found.cnames.length === 0 && servers.length > 0) return { kind: 'zone', zone, servers };
  }
  return notFound(`"${name}"`);
}

function toZoneFailure({ code, message }: DnsFailure): ZoneFailure {
  return { kind: 'failure', code, message };
}

function notFound(what: string): ZoneFailure {
  const message = `Cannot find the zone of ${what}: no name above it has NS records`;
  return { kind: 'failure', code: 'zone-not-found', message };
}

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
