import type { Domain } from '@sekisho/spec';
import type { Gate } from '../gates/gate.ts';
import type { Change, PolicyVersion, PublishedDomain } from '../store/index.ts';
import { countHolders, heldUntilMs, listHeld, mayGoAtMs } from '../migration/index.ts';
import type { DomainStatus } from './rollout.ts';
import type { RolloutOptions } from './rollout-context.ts';

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

/** What advice is given from. */
interface Situation {
  readonly domain: PublishedDomain;
  readonly announced: PolicyVersion | undefined;
  readonly gates: readonly Gate[];
  /** When records and host may go; `Infinity` unless the domain is leaving. */
  readonly goesAtMs: number;
  readonly nowMs: number;
}

const TWO_WEEKS_SECONDS = 14 * 86_400;

/** What to do or know next, one sentence each; the most pressing first. */
export function adviseOn(situation: Situation): readonly string[] {
  const { domain } = situation;
  return [
    ...(domain.change ? adviseOnChange(domain.change) : []),
    ...adviseOnFailure(situation),
    ...(domain.leavingSinceMs === undefined ? adviseOnMode(situation) : adviseOnLeaving(situation)),
  ];
}

function adviseOnChange({ version, step, problem, nextAttemptAtMs }: Change): readonly string[] {
  if (problem === undefined) return [`Version ${version} is on its way, at step ${step}.`];
  const next = new Date(nextAttemptAtMs).toISOString();
  return [
    `Version ${version} waits at step ${step}: ${sentence(problem.message)} It is tried again at ${next}.`,
    problem.remedy,
  ];
}

function adviseOnFailure({ domain }: Situation): readonly string[] {
  const { lastFailure, change } = domain;
  if (lastFailure === undefined || change !== undefined) return [];
  return [
    `Version ${lastFailure.version} was given up: ${sentence(lastFailure.message)}`,
    lastFailure.remedy,
  ];
}

function adviseOnMode({ announced, gates }: Situation): readonly string[] {
  switch (announced?.mode) {
    case undefined:
      return ['No policy is announced yet.'];
    case 'testing':
      return gates.some(({ state }) => state === 'shut')
        ? gates.flatMap(({ state, remedy }) => (state === 'shut' && remedy ? [remedy] : []))
        : ['Every gate is open: the policy may be set to enforce.'];
    case 'enforce':
      return announced.maxAgeSeconds < TWO_WEEKS_SECONDS
        ? [`max_age is ${announced.maxAgeSeconds}; weeks protect better (RFC 8461 §10.2).`]
        : [];
    case 'none':
      return ['Mode none is announced; order "leave" to learn when records and host may go.'];
  }
}

function adviseOnLeaving({ goesAtMs, nowMs }: Situation): readonly string[] {
  if (goesAtMs <= nowMs) return ['Records and host may go now: order "remove" (RFC 8461 §8.3).'];
  return Number.isFinite(goesAtMs)
    ? [`Records and host must stay until ${new Date(goesAtMs).toISOString()} (RFC 8461 §8.3).`]
    : [];
}

function sentence(text: string): string {
  return text.endsWith('.') ? text : `${text}.`;
}
