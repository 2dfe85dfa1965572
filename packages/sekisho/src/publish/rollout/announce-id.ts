import { formatStsRecord, stsRecordName } from '@sekisho/spec';
import type { TxtChange, UpdateOutcome } from '../../io/dns-update/index.ts';
import type { PolicyVersion } from '../store/index.ts';
import type { AnnounceName } from './rollout.ts';
import type { Workshop } from './rollout-options.ts';
import type { Mishap, StepOutcome } from './step-outcome.ts';

/** What begins like this is an MTA-STS record, or meant as one; more than one counts as none (RFC 8461 §3.1). */
const RECORD_START = 'v=STSv1';

/** Where and how the TXT record is to be replaced. */
export type Replacement = Exclude<AnnounceName, { readonly kind: 'name' }> | UpdateOutcome;

/** Puts a version's id into the DNS, where the domain's record stands or its CNAME leads to. */
export function replaceRecord(
  workshop: Workshop,
  version: Pick<PolicyVersion, 'domain' | 'id'>,
): Promise<Replacement> {
  return replace(workshop, version.domain, {
    startsWith: RECORD_START,
    text: formatStsRecord(version),
  });
}

/** Takes the record away: the version's own, or any. */
export function removeRecord(
  workshop: Workshop,
  domain: PolicyVersion['domain'],
  id: string | undefined,
): Promise<Replacement> {
  const startsWith = id === undefined ? RECORD_START : formatStsRecord({ id });
  return replace(workshop, domain, { startsWith, text: undefined });
}

async function replace(
  { announceName, updater, ttlSeconds }: Workshop,
  domain: PolicyVersion['domain'],
  change: Pick<TxtChange, 'startsWith' | 'text'>,
): Promise<Replacement> {
  const place = await announceName(domain);
  if (place.kind === 'failure') return place;
  return updater.replaceTxt({ ...change, name: place.name, ttlSeconds });
}

/** Step `announce`: the text is served, so its id may be shown (RFC 8461 §8.1). */
export async function announceId(workshop: Workshop, version: PolicyVersion): Promise<StepOutcome> {
  const outcome = await replaceRecord(workshop, version);
  return outcome.kind === 'done' || outcome.kind === 'by-hand'
    ? { kind: 'moved', move: 'announced' }
    : { kind: 'failed', mishap: mishapOf(outcome, version) };
}

/** Why the DNS was not changed. */
export function mishapOf(
  outcome: Exclude<Replacement, { readonly kind: 'done' | 'by-hand' }>,
  { domain, id }: Pick<PolicyVersion, 'domain' | 'id'>,
): Mishap {
  const byHand = `Mend what is said, or enter the TXT record at ${stsRecordName(domain)} by hand: ${formatStsRecord({ id })}`;
  const { kind, message, remedy = byHand } = outcome;
  return { code: kind === 'failure' ? outcome.code : `dns-${kind}`, message, remedy };
}
