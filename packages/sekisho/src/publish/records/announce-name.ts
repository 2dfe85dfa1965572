import { type Domain, stsRecordName } from '@sekisho/spec';
import type { Resolver } from '../../io/dns/index.ts';
import { escapeText } from '../../io/log/index.ts';
import { type Delegation, expandTemplate } from './delegation.ts';

/** Where a domain's id is to be written. */
export type AnnouncePlace =
  | { readonly kind: 'name'; readonly name: string }
  /** `dns-failed` may be better later; the others need the domain's owner. The message is escaped. */
  | {
      readonly kind: 'failure';
      readonly code: 'dns-failed' | 'cname-missing' | 'not-our-zone';
      readonly message: string;
      readonly remedy?: string;
    };

export interface AnnounceNameOptions {
  readonly resolver: Pick<Resolver, 'lookupTxt'>;
  readonly delegation?: Delegation;
  /** Zones that we may change; without them the updater finds out. */
  readonly zones?: readonly string[];
}

/**
 * Finds where `_mta-sts.DOMAIN` really stands: there, or at the end of its CNAMEs (RFC 8461 §8.2), provided that this is
 * a name that we may write.
 */
export async function findAnnounceName(
  domain: Domain,
  { resolver, delegation, zones }: AnnounceNameOptions,
): Promise<AnnouncePlace> {
  const own = stsRecordName(domain);
  const found = await resolver.lookupTxt(own);
  if (found.kind === 'failure') {
    return { kind: 'failure', code: 'dns-failed', message: found.message };
  }
  const name = found.cnames.at(-1) ?? own;
  const expected = delegation && expandTemplate(delegation.signalling, domain);
  const isOurs = zones?.some((zone) => isWithin(name, zone.toLowerCase()));
  if (name === expected || isOurs === true) return { kind: 'name', name };
  if (expected !== undefined && name === own) return cnameMissing(own, expected);
  if (expected !== undefined || isOurs === false) return notOurs(own, name, expected);
  return { kind: 'name', name };
}

function isWithin(name: string, zone: string): boolean {
  return name === zone || name.endsWith(`.${zone}`);
}

function cnameMissing(own: string, expected: string): AnnouncePlace {
  return {
    kind: 'failure',
    code: 'cname-missing',
    message: `Cannot announce at "${own}": it is no CNAME, must be one to "${expected}"`,
    remedy: `The owner of the domain replaces whatever stands there by the record ${own}. CNAME ${expected}.`,
  };
}

function notOurs(own: string, name: string, expected: string | undefined): AnnouncePlace {
  const shown = escapeText(name);
  const why = name === own ? 'it is' : `its CNAME leads to "${shown}", which is`;
  return {
    kind: 'failure',
    code: 'not-our-zone',
    message: `Cannot announce at "${own}": ${why} in no zone that may be changed from here`,
    remedy:
      expected === undefined
        ? 'Add the zone to those that may be changed, or let the CNAME lead to one of them.'
        : `The owner of the domain points it to ${expected}.`,
  };
}
