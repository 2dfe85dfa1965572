import type { CaaRecord, Resolver } from '../../io/dns/index.ts';
import { escapeText } from '../../io/log/index.ts';
import { type Finding, unknown, type WantedRecord } from './wanted-record.ts';

/**
 * Whether the certificate authority may issue for the policy host: the CAA records of the closest name upwards decide,
 * and without any every authority may (RFC 8659 §3).
 *
 * @param issuers the authority's names; default: the one in the record.
 */
export async function compareIssuer(
  record: WantedRecord,
  resolver: Pick<Resolver, 'lookupCaa'>,
  issuers: readonly string[] | undefined,
): Promise<Finding> {
  const names = issuers ?? [issuerOf(record.value)];
  const labels = `mta-sts.${record.name}`.split('.');
  for (let top = 0; top < labels.length - 1; top += 1) {
    // One after the other: the first one up that has records decides.
    const found = await resolver.lookupCaa(labels.slice(top).join('.'));
    if (found.kind === 'failure') return unknown(found.message);
    if (found.records.length > 0) return judge(found.records, names);
  }
  return { kind: 'right', note: 'no CAA record stands there, so every authority may issue' };
}

function judge(records: readonly CaaRecord[], names: readonly string[]): Finding {
  const allowed = records.filter(({ tag }) => tag === 'issue').map(({ value }) => issuerOf(value));
  if (allowed.length === 0) return { kind: 'right', note: 'no CAA record restricts issuing' };
  if (allowed.some((issuer) => names.includes(issuer))) return { kind: 'right' };
  const found = records.map(({ isCritical, tag, value }) =>
    escapeText(`${isCritical ? 128 : 0} ${tag} "${value.slice(0, 200)}"`),
  );
  return { kind: 'different', found, note: 'the CAA records there forbid the authority to issue' };
}

/** The name in a value: up to the parameters (RFC 8659 §4.2). */
function issuerOf(value: string): string {
  const bare = /^\d+ issue "(.*)"$/.exec(value)?.[1] ?? value;
  return (bare.split(';')[0] ?? '').trim().toLowerCase();
}

/** Names in CAA records, as the authorities' own documentation gives them, by the host of the ACME directory. */
const ISSUERS: ReadonlyMap<string, readonly string[]> = new Map([
  ['acme-v02.api.letsencrypt.org', ['letsencrypt.org']],
  ['acme-staging-v02.api.letsencrypt.org', ['letsencrypt.org']],
  ['dv.acme-v02.api.pki.goog', ['pki.goog']],
  ['acme.zerossl.com', ['sectigo.com', 'zerossl.com']],
  ['acme.sectigo.com', ['sectigo.com']],
  ['acme.ssl.com', ['ssl.com']],
  ['api.buypass.com', ['buypass.com']],
]);

/** The names that a CAA record may have for the certificate authority of an ACME directory; empty if not known. */
export function issuersOf(directoryUrl: string): readonly string[] {
  const url = URL.parse(directoryUrl);
  return (url === null ? undefined : ISSUERS.get(url.hostname)) ?? [];
}
