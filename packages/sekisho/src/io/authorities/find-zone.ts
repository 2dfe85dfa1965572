import { type DnsFailure, isQueryName, type LookupOptions, type Resolver } from '../dns/index.ts';
import type { AuthorityLookup } from './authorities.ts';

/** The zone in which a name stands, and who answers for it. */
export interface Zone {
  readonly kind: 'zone';
  readonly zone: string;
  /** Names of its servers; at least one. */
  readonly servers: readonly string[];
}

export type ZoneFailure = Extract<AuthorityLookup, { readonly kind: 'failure' }>;

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
