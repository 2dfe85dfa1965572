import type { DnsAnswer, DnsResult, Resolver } from '../../io/dns/index.ts';
import { escapeText } from '../../io/log/index.ts';
import { type Finding, unknown, type WantedRecord } from './wanted-record.ts';

type AddressResolver = Pick<Resolver, 'lookupA' | 'lookupAaaa'>;

/**
 * Compares an address wanted with those at the name, however it comes by them. A further address is wrong, also one of
 * a family that is not wanted at all: senders that choose it find another host, or none.
 *
 * @param wanted every address that the name should have.
 */
export async function compareAddress(
  { name, value }: WantedRecord,
  wanted: readonly string[],
  resolver: AddressResolver,
): Promise<Finding> {
  const known = new Set(wanted.map(normalAddress));
  const isV6 = value.includes(':');
  const hasOtherFamily = wanted.some((address) => address.includes(':') !== isV6);
  const results = await Promise.all([
    ...(isV6 && hasOtherFamily ? [] : [resolver.lookupA(name)]),
    ...(!isV6 && hasOtherFamily ? [] : [resolver.lookupAaaa(name)]),
  ]);
  const failed = results.find((result) => result.kind === 'failure');
  if (failed?.kind === 'failure') return unknown(failed.message);
  const found = addressesOf(results);
  const others = found.filter((address) => !known.has(address));
  const isThere = found.includes(normalAddress(value));
  if (others.length > 0) {
    const note = isThere ? 'other addresses stand beside it' : 'the address is another one';
    return { kind: 'different', found: others, note };
  }
  if (!isThere) return { kind: 'missing' };
  const alias = results.flatMap((result) => (result.kind === 'answer' ? result.cnames : [])).at(-1);
  return alias === undefined
    ? { kind: 'right' }
    : { kind: 'right', note: `by a CNAME to ${escapeText(alias)}` };
}

/** One spelling for each IPv6 address. */
function normalAddress(address: string): string {
  const url = address.includes(':') ? URL.parse(`http://[${address}]/`) : null;
  return url === null ? address : url.hostname.slice(1, -1);
}

/** Compares a CNAME wanted with where the name leads; addresses equal to the target's are as good. */
export async function compareAlias(
  { name, value, purpose }: WantedRecord,
  resolver: AddressResolver & Pick<Resolver, 'lookupTxt'>,
): Promise<Finding> {
  const target = value.toLowerCase();
  const found = await (purpose === 'signalling'
    ? resolver.lookupTxt(name)
    : resolver.lookupA(name));
  if (found.kind === 'failure') return unknown(found.message);
  if (found.cnames.includes(target)) return { kind: 'right' };
  const [first] = found.cnames;
  if (first !== undefined) {
    return { kind: 'different', found: [escapeText(first)], note: 'the CNAME leads elsewhere' };
  }
  return purpose === 'signalling'
    ? withoutAlias(found)
    : compareFlattened(name, target, found, resolver);
}

function withoutAlias(found: DnsAnswer<string>): Finding {
  if (found.records.length === 0) return { kind: 'missing' };
  return {
    kind: 'different',
    found: found.records.slice(0, 5).map((text) => escapeText(text.slice(0, 300))),
    note: 'TXT records stand there, which have to go: a CNAME stands alone',
  };
}

/** Some name servers put the target's addresses in place of a CNAME. */
async function compareFlattened(
  name: string,
  target: string,
  a: DnsAnswer<string>,
  resolver: AddressResolver,
): Promise<Finding> {
  const [aaaa, targetA, targetAaaa] = await Promise.all([
    resolver.lookupAaaa(name),
    resolver.lookupA(target),
    resolver.lookupAaaa(target),
  ]);
  const failed = [aaaa, targetA, targetAaaa].find((result) => result.kind === 'failure');
  if (failed?.kind === 'failure') return unknown(failed.message);
  const here = addressesOf([a, aaaa]);
  if (here.length === 0) return { kind: 'missing' };
  return here.join(' ') === addressesOf([targetA, targetAaaa]).join(' ')
    ? { kind: 'right', note: 'by the addresses of the target' }
    : {
        kind: 'different',
        found: here,
        note: 'addresses stand there, and not those of the target',
      };
}

function addressesOf(results: readonly DnsResult<string>[]): readonly string[] {
  const all = results.flatMap((result) => (result.kind === 'answer' ? result.records : []));
  return all.map(normalAddress).toSorted();
}
