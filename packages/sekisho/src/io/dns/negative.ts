import type { Answer } from 'dns-packet';
import { normalName, readTtl, ttlOf } from './chain.ts';

function isAtOrBelow(name: string, zone: string): boolean {
  return zone === '' || name === zone || name.endsWith(`.${zone}`);
}

/**
 * How long "there is nothing at `name`" holds: the lesser of the SOA's TTL and its MINIMUM (RFC 2308 §5).
 * `undefined` without the SOA of a zone that holds the name.
 */
export function findNegativeTtl(authorities: readonly Answer[], name: string): number | undefined {
  const soa = authorities.find(
    (record) => record.type === 'SOA' && isAtOrBelow(name, normalName(record.name)),
  );
  if (soa?.type !== 'SOA') return undefined;
  return Math.min(ttlOf(soa), readTtl(soa.data.minimum));
}
