import type { Domain } from '@sekisho/spec';
import type { PolicyVersion } from '../store/index.ts';
import { countHolders, heldUntilMs, listHeld } from '../migration/index.ts';
import { adviseOn } from './advice.ts';
import { mayGoAtMs } from './lifetimes.ts';
import type { DomainStatus } from './rollout.ts';
import type { RolloutOptions } from './rollout-options.ts';

/** Fetches that are looked at to count senders. */
const MOST_FETCHES = 10_000;

/** What a status is read with; a store that is open for reading is enough. */
export type StatusParts = Pick<RolloutOptions, 'store' | 'clock' | 'gatesOf'>;

/** Gathers all that is known of a domain; undefined for one that is not here. */
export async function readStatus(
  parts: StatusParts,
  domain: Domain,
): Promise<DomainStatus | undefined> {
  const { store, clock, gatesOf } = parts;
  const found = await store.getDomain(domain);
  if (found === undefined) return undefined;
  const versions = await store.listVersions(domain);
  const of = (wanted: number | undefined) => versions.find(({ number }) => number === wanted);
  const [served, announced] = [of(found.served), of(found.announced)];
  const gates = announced?.mode === 'testing' ? await gatesOf(domain, announced) : [];
  const held = await readHeld(parts, domain, versions);
  const goesAtMs = found.leavingSinceMs === undefined ? Infinity : mayGoAtMs(found, versions);
  const mayGo = Number.isFinite(goesAtMs) ? { mayGoAtMs: goesAtMs } : {};
  return {
    domain: found,
    ...(served && { served }),
    ...(announced && { announced }),
    gates,
    held,
    ...mayGo,
    advice: adviseOn({ domain: found, announced, gates, goesAtMs, nowMs: clock.now() }),
  };
}

async function readHeld(
  { store, clock }: StatusParts,
  domain: Domain,
  versions: readonly PolicyVersion[],
): Promise<DomainStatus['held']> {
  const nowMs = clock.now();
  const held = listHeld(versions, nowMs);
  const longestMs = Math.max(0, ...held.map(({ maxAgeSeconds }) => maxAgeSeconds)) * 1000;
  const fetches = await store.listFetches(domain, nowMs - longestMs, MOST_FETCHES);
  return held.map((version) => {
    const untilMs = heldUntilMs(version);
    const senders = countHolders(version, fetches, nowMs);
    return Number.isFinite(untilMs) ? { version, untilMs, senders } : { version, senders };
  });
}
