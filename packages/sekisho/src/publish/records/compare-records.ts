import { type Authorities, judgeLookup } from '../../io/authorities/index.ts';
import type { Resolver } from '../../io/dns/index.ts';
import { compareIssuer } from './compare-issuer.ts';
import { compareAddress, compareAlias } from './compare-host.ts';
import { compareReports, compareSignalling } from './compare-texts.ts';
import { type Finding, unknown, type WantedRecord } from './wanted-record.ts';

export interface CompareOptions {
  readonly resolver: Pick<Resolver, 'lookupTxt' | 'lookupA' | 'lookupAaaa' | 'lookupCaa'>;
  /** Asked for the signalling record, so that no cache hides a change; without it the resolver is. */
  readonly authorities?: Pick<Authorities, 'lookupTxt'>;
  /** Every name of the certificate authority; without it the one in the record. */
  readonly issuers?: readonly string[];
}

export interface ComparedRecord {
  readonly record: WantedRecord;
  readonly finding: Finding;
}

/** Looks every record up and says whether it is there already; in the order given. */
export function compareRecords(
  wanted: readonly WantedRecord[],
  options: CompareOptions,
): Promise<readonly ComparedRecord[]> {
  return Promise.all(
    wanted.map(async (record) => ({ record, finding: await compare(record, wanted, options) })),
  );
}

async function compare(
  record: WantedRecord,
  wanted: readonly WantedRecord[],
  options: CompareOptions,
): Promise<Finding> {
  const { resolver, issuers } = options;
  if (record.type === 'CNAME') return compareAlias(record, resolver);
  switch (record.purpose) {
    case 'signalling':
      return compareAtAuthorities(record, options);
    case 'reports': {
      const found = await resolver.lookupTxt(record.name);
      return found.kind === 'failure'
        ? unknown(found.message)
        : compareReports(record, found.records);
    }
    case 'issuer':
      return compareIssuer(record, resolver, issuers);
    case 'host': {
      const siblings = wanted.filter(({ name }) => name === record.name);
      return compareAddress(
        record,
        siblings.map(({ value }) => value),
        resolver,
      );
    }
  }
}

async function compareAtAuthorities(
  record: WantedRecord,
  { authorities, resolver }: CompareOptions,
): Promise<Finding> {
  if (authorities === undefined) {
    const found = await resolver.lookupTxt(record.name);
    return found.kind === 'failure'
      ? unknown(found.message)
      : compareSignalling(record, found.records);
  }
  const lookup = await authorities.lookupTxt(record.name);
  if (lookup.kind === 'failure') return unknown(lookup.message);
  const verdict = judgeLookup(
    lookup.answers,
    ({ records }) => compareSignalling(record, records).kind === 'right',
  );
  switch (verdict.kind) {
    case 'shown':
      return {
        kind: 'right',
        note: `at all ${lookup.answers.length} addresses of its name servers`,
      };
    case 'not-shown': {
      const [first] = verdict.by;
      return compareSignalling(record, first?.result.records ?? []);
    }
    case 'shown-so-far':
    case 'silence':
      return unknown(verdict.silent.map(({ message }) => message).join('; '));
  }
}
