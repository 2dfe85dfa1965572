import type { Domain } from '@sekisho/spec';
import type {
  Change,
  ChangePurpose,
  ChangeStep,
  DomainCommit,
  PolicyVersion,
  Problem,
  PublishedDomain,
  VersionMark,
} from '../store/index.ts';

/**
 * What happens to a change, whose steps keep the order that RFC 8461 §8.1 demands: the new text can be fetched before
 * its id can be seen.
 */
export type ChangeMove =
  /** serve → verify: the version is what the host gives out. */
  | { readonly kind: 'served' }
  /** verify → announce: fetched from outside, as a sender does. */
  | { readonly kind: 'verified' }
  /** announce → confirm: the update was sent, or the operator was told what to enter. A superseded change ends here. */
  | { readonly kind: 'announced' }
  /** confirm → done: every authoritative server shows the id. */
  | { readonly kind: 'confirmed' }
  /** The step stays, to be tried again. */
  | { readonly kind: 'failed'; readonly problem: Problem; readonly nextAttemptAtMs: number }
  /**
   * Given up before the id was sent: the host gives out again what it gave out before, the superseded version (whose
   * change goes on) or the announced one, or nothing without either; the problem becomes `lastFailure`.
   */
  | { readonly kind: 'abandoned'; readonly problem: Problem };

/** A policy to be published, and what for. */
export interface NewVersion
  extends Omit<
    PolicyVersion,
    'domain' | 'number' | 'createdAtMs' | 'servedFromMs' | 'servedUntilMs' | 'announcedAtMs'
  > {
  readonly purpose: ChangePurpose;
}

/** Where a domain stands after a move, or that the move does not lead on from where it stands. */
export type NextState =
  | { readonly kind: 'next'; readonly commit: DomainCommit }
  | { readonly kind: 'refused' };

/** Something has to wait for this change. */
export interface Busy {
  readonly kind: 'busy';
  readonly change: Change;
}

/** A change that was begun: the version is new. */
export interface Begun {
  readonly kind: 'next';
  readonly commit: DomainCommit & { readonly added: PolicyVersion };
}

/** From which steps each move leads. */
const LEAVES: Readonly<Record<ChangeMove['kind'], readonly ChangeStep[]>> = {
  served: ['serve'],
  verified: ['verify'],
  announced: ['announce'],
  confirmed: ['confirm'],
  failed: ['serve', 'verify', 'announce', 'confirm'],
  // Senders that have seen the id fetch its text, so that has to stay (RFC 8461 §8.1).
  abandoned: ['serve', 'verify', 'announce'],
};

/** Whether a change can be given up: not once its id was sent to the DNS. */
export function canBeAbandoned({ step }: Pick<Change, 'step'>): boolean {
  return LEAVES.abandoned.includes(step);
}

/**
 * The change that any other order has to wait for. One whose id was sent can be superseded by another version, though
 * not given up: its text stays until a later one is verified (RFC 8461 §8.1).
 */
export function changeUnderWay(
  domain: Pick<PublishedDomain, 'change'> | undefined,
): Change | undefined {
  const change = domain?.change;
  return change !== undefined && canBeAbandoned(change) ? change : undefined;
}

/**
 * Begins a change with a further version, at step `serve`; the domain may be new. Busy while another is under way.
 *
 * @param versions all of the domain, also those from before it was removed: numbers are not used again.
 */
export function beginChange(
  domain: Domain,
  found: PublishedDomain | undefined,
  versions: readonly Pick<PolicyVersion, 'number'>[],
  { purpose, ...wanted }: NewVersion,
  atMs: number,
): Begun | Busy {
  const change = changeUnderWay(found);
  if (change !== undefined) return { kind: 'busy', change };
  const number = Math.max(0, ...versions.map((version) => version.number)) + 1;
  const added: PolicyVersion = { ...wanted, domain, number, createdAtMs: atMs };
  const { change: former, ...standing } = found ?? { domain, addedAtMs: atMs, nextProbeAtMs: atMs };
  const supersedes = former && { version: former.version, purpose: former.purpose };
  const begun: Change = {
    ...changeAt('serve', number, purpose, atMs),
    ...(supersedes && { supersedes }),
  };
  return { kind: 'next', commit: { next: { ...standing, change: begun }, added, marks: [] } };
}

/** What a move makes of a domain. Refused unless its change stands at a step that the move leaves. */
export function nextState(domain: PublishedDomain, move: ChangeMove, atMs: number): NextState {
  const { change } = domain;
  if (change === undefined) return { kind: 'refused' };
  if (!LEAVES[move.kind].includes(change.step)) return { kind: 'refused' };
  return { kind: 'next', commit: carryOut(domain, change, move, atMs) };
}

/** What the end of a domain makes of its versions (RFC 8461 §8.3). Busy while there is any change. */
export function endDomain(
  { change, served }: PublishedDomain,
  atMs: number,
): Busy | { readonly kind: 'next'; readonly marks: readonly VersionMark[] } {
  if (change !== undefined) return { kind: 'busy', change };
  return { kind: 'next', marks: giveOut(served, undefined, atMs) };
}

function carryOut(
  domain: PublishedDomain,
  change: Change,
  move: ChangeMove,
  atMs: number,
): DomainCommit {
  const { problem: _past, ...rest } = change;
  const onward = { ...rest, stepSinceMs: atMs, attempts: 0, nextAttemptAtMs: atMs };
  switch (move.kind) {
    case 'served': {
      const { version } = change;
      const next = { ...domain, served: version, change: { ...onward, step: 'verify' } } as const;
      return { next, marks: giveOut(domain.served, version, atMs) };
    }
    case 'verified':
      return { next: { ...domain, change: { ...onward, step: 'announce' } }, marks: [] };
    case 'announced': {
      const { supersedes: _over, ...alone } = onward;
      return { next: { ...domain, change: { ...alone, step: 'confirm' } }, marks: [] };
    }
    case 'confirmed':
      return confirm(domain, change, atMs);
    case 'failed': {
      const { problem, nextAttemptAtMs } = move;
      const attempts = change.attempts + 1;
      const failed = { ...change, attempts, problem, nextAttemptAtMs };
      return { next: { ...domain, change: failed }, marks: [] };
    }
    case 'abandoned':
      return abandon(domain, change, move.problem, atMs);
  }
}

/** Only a `none` that was ordered in order to leave begins the wait of RFC 8461 §8.3; any other policy ends it. */
function confirm(domain: PublishedDomain, change: Change, atMs: number): DomainCommit {
  const { change: _done, lastFailure: _mended, leavingSinceMs: _former, ...rest } = domain;
  const { version, purpose } = change;
  const leaving = purpose === 'leave' ? { leavingSinceMs: atMs } : {};
  return {
    next: { ...rest, announced: version, ...leaving },
    marks: [{ kind: 'announced', number: version, atMs }],
  };
}

/** The id that senders can see is of the superseded version or of the announced one, so its text comes back (RFC 8461 §8.1). */
function abandon(
  { change: _given, served, ...rest }: PublishedDomain,
  { version, supersedes }: Change,
  problem: Problem,
  atMs: number,
): DomainCommit {
  const former = supersedes?.version ?? rest.announced;
  const resumed = supersedes && changeAt('confirm', supersedes.version, supersedes.purpose, atMs);
  const next = {
    ...rest,
    ...(former !== undefined && { served: former }),
    ...(resumed && { change: resumed }),
    lastFailure: { ...problem, version },
  };
  return { next, marks: giveOut(served, former, atMs) };
}

/** A version is given out in another's place; how long senders may hold each follows from these times (RFC 8461 §8.3). */
function giveOut(
  former: number | undefined,
  number: number | undefined,
  atMs: number,
): readonly VersionMark[] {
  if (former === number) return [];
  return [
    ...(former === undefined ? [] : [{ kind: 'withdrawn', number: former, atMs } as const]),
    ...(number === undefined ? [] : [{ kind: 'served', number, atMs } as const]),
  ];
}

function changeAt(step: ChangeStep, version: number, purpose: ChangePurpose, atMs: number): Change {
  const times = { startedAtMs: atMs, stepSinceMs: atMs, nextAttemptAtMs: atMs };
  return { version, purpose, step, attempts: 0, ...times };
}
