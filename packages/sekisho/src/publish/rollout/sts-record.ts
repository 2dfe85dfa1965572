import { formatStsRecord, selectStsRecord } from '@sekisho/spec';
import type { TxtChange, UpdateOutcome } from '../../io/dns-update/index.ts';
import type { PolicyVersion } from '../store/index.ts';
import type { AnnounceName } from './rollout.ts';
import type { RolloutContext } from './rollout-context.ts';

/** What begins like this is an MTA-STS record, or meant as one; more than one counts as none (RFC 8461 §3.1). */
const RECORD_START = 'v=STSv1';

/** Where and how the TXT record is to be replaced. */
export type Replacement = Exclude<AnnounceName, { readonly kind: 'name' }> | UpdateOutcome;

/** Whether a TXT record is an MTA-STS record, or meant as one. */
export function isStsRecordText(text: string): boolean {
  return text.startsWith(RECORD_START);
}

/** The id that these TXT records announce, when it is exactly one (RFC 8461 §3.1). */
export function announcedId(texts: readonly string[]): string | undefined {
  const found = selectStsRecord(texts);
  return found.kind === 'record' ? found.record.id : undefined;
}

/** Puts a version's id into the DNS, where the domain's record stands or its CNAME leads to. */
export function replaceRecord(
  context: RolloutContext,
  version: Pick<PolicyVersion, 'domain' | 'id'>,
): Promise<Replacement> {
  return replace(context, version.domain, {
    startsWith: RECORD_START,
    text: formatStsRecord(version),
  });
}

/** Takes the record away: the version's own, or any. */
export function removeRecord(
  context: RolloutContext,
  domain: PolicyVersion['domain'],
  id: string | undefined,
): Promise<Replacement> {
  const startsWith = id === undefined ? RECORD_START : formatStsRecord({ id });
  return replace(context, domain, { startsWith, text: undefined });
}

async function replace(
  { announceName, updater, ttlSeconds }: RolloutContext,
  domain: PolicyVersion['domain'],
  change: Pick<TxtChange, 'startsWith' | 'text'>,
): Promise<Replacement> {
  const place = await announceName(domain);
  if (place.kind === 'failure') return place;
  return updater.replaceTxt({ ...change, name: place.name, ttlSeconds });
}
