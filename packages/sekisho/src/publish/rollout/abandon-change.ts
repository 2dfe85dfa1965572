import { type Domain, stsRecordName } from '@sekisho/spec';
import { judgeLookup } from '../../io/authorities/index.ts';
import type { Change, Problem, PublishedDomain } from '../store/index.ts';
import { raiseAbandoned } from './change-alerts.ts';
import { canBeAbandoned } from './change-state.ts';
import { judgeOrder, refuse } from './objections.ts';
import type { Objection, Order, OrderOutcome } from './rollout.ts';
import { commitMove, recordEvent, type RolloutContext } from './rollout-context.ts';
import { announcedId, removeRecord, replaceRecord } from './sts-record.ts';

/** The order to give the domain's change up. The caller holds the domain's lock. */
export async function abandonByOrder(
  context: RolloutContext,
  domain: Domain,
  order: Order,
): Promise<OrderOutcome> {
  const { store, clock } = context;
  const faults = judgeOrder(order);
  if (faults.length > 0) return refuse(context, domain, faults);
  const found = await store.getDomain(domain);
  if (found === undefined) return { kind: 'unknown-domain' };
  const { change } = found;
  if (change === undefined) return refuse(context, domain, [NOTHING_TO_ABANDON]);
  if (!canBeAbandoned(change)) return refuse(context, domain, [MAY_BE_ANNOUNCED]);
  const why = order.reason === undefined ? '' : `: ${order.reason}`;
  const message = `Version ${change.version} was abandoned at step ${change.step}${why}.`;
  const problem = {
    code: 'abandoned',
    message,
    remedy: 'Nothing is to be done.',
    atMs: clock.now(),
  };
  return (await abandonChange(context, found, change, problem, order.by))
    ? { kind: 'done' }
    : refuse(context, domain, [MAY_BE_ANNOUNCED]);
}

const NOTHING_TO_ABANDON: Objection = {
  code: 'no-change',
  message: 'No change is under way.',
  remedy: 'Nothing is to be done.',
  canOverride: false,
};

const MAY_BE_ANNOUNCED: Objection = {
  code: 'may-be-announced',
  message:
    'The new id may stand in the DNS already, so its policy must stay where it is (RFC 8461 §8.1).',
  remedy:
    'Let the change complete, or let another change take its place: "sekisho publish rollback" once it is at step confirm.',
  canOverride: false,
};

/**
 * Gives a change up, and the former policy is given out again. At step `announce` only once it is certain that no
 * server shows the new id, since an update may have been carried out whose answer was lost.
 *
 * @returns false, and the change stays, when the id may be out.
 */
export async function abandonChange(
  context: RolloutContext,
  found: PublishedDomain,
  change: Change,
  problem: Problem,
  by: string,
): Promise<boolean> {
  const { log, alerts, observe, servedChanged } = context;
  const { domain } = found;
  if (!canBeAbandoned(change)) return false;
  if (change.step === 'announce' && !(await takeIdBack(context, found, change))) return false;
  const { version } = change;
  if (!(await commitMove(context, found, { kind: 'abandoned', problem }))) return false;
  servedChanged(domain);
  observe({ kind: 'abandoned', domain });
  // Who gives a change up need not be told of it.
  raiseAbandoned(alerts, domain, problem, by === 'sekisho' ? version : undefined);
  const { code, message } = problem;
  log.error('a change was given up; the former policy stays', { domain, version, code, message });
  await recordEvent(context, domain, { code: 'change-abandoned', by, message });
  return true;
}

/** Puts the former record back, and looks whether any server shows the new one. */
async function takeIdBack(
  context: RolloutContext,
  { domain, announced }: PublishedDomain,
  change: Change,
): Promise<boolean> {
  const { store, authorities, signal } = context;
  const former = change.supersedes?.version ?? announced;
  const [mine, before] = await Promise.all([
    store.getVersion(domain, change.version),
    former === undefined ? undefined : store.getVersion(domain, former),
  ]);
  if (mine === undefined) return false;
  const undone = before
    ? await replaceRecord(context, before)
    : await removeRecord(context, domain, mine.id);
  // No answer: the zone may hold the new id and show it later.
  if (undone.kind === 'failed') return false;
  const lookup = await authorities.lookupTxt(stsRecordName(domain), { signal });
  if (lookup.kind === 'failure') return false;
  const isNotMine = ({ records }: { readonly records: readonly string[] }) =>
    announcedId(records) !== mine.id;
  return judgeLookup(lookup.answers, isNotMine).kind === 'shown';
}
