import { type Domain, parseStsPolicy } from '@sekisho/spec';
import type { PolicyVersion, PublishedDomain } from '../store/index.ts';
import { canBeAbandoned } from './change-state.ts';
import { abandonChange } from './abandon-change.ts';
import { judgeOrder } from './lift-objections.ts';
import { type Placing, placeOrder, refuse } from './place-order.ts';
import { removeDomain } from './remove-domain.ts';
import type { Objection, Order, OrderOutcome, PolicyWish, Rollout } from './rollout.ts';
import type { Workshop } from './rollout-options.ts';

/** RFC 8461 §8.3: "a small max_age", with one day as its example. */
const LEAVING_MAX_AGE_SECONDS = 86_400;

/** The orders, without locks: the caller holds the domain's, and has seen that no change is under way that they must wait for. */
export type Orders = Pick<Rollout, 'set' | 'rollback' | 'leave' | 'remove' | 'abandon'>;

export function createOrders(workshop: Workshop): Orders {
  const { store } = workshop;
  const place = (domain: Domain, placing: Placing) => placeOrder(workshop, domain, placing);
  return {
    set: (domain, wish, order) => place(domain, { wish, order, purpose: 'set', canStay: true }),
    async rollback(domain, toVersion, order) {
      const found = await store.getDomain(domain);
      if (found === undefined) return { kind: 'unknown-domain' };
      const earlier = findEarlier(found, await store.listVersions(domain), toVersion);
      if (earlier === undefined) return refuse(workshop, domain, [noSuchVersion(toVersion)]);
      return place(domain, { wish: wishOf(earlier), order, purpose: 'rollback', canStay: true });
    },
    async leave(domain, order) {
      const found = await store.getDomain(domain);
      if (found === undefined) return { kind: 'unknown-domain' };
      const { announced, change, leavingSinceMs } = found;
      if (announced === undefined && change === undefined) {
        return refuse(workshop, domain, [NOTHING_TO_LEAVE]);
      }
      const wish: PolicyWish = { mode: 'none', maxAgeSeconds: LEAVING_MAX_AGE_SECONDS, mx: [] };
      const canStay = leavingSinceMs !== undefined || change?.purpose === 'leave';
      return place(domain, { wish, order, purpose: 'leave', canStay });
    },
    remove: (domain, order) => removeDomain(workshop, domain, order),
    abandon: (domain, order) => abandon(workshop, domain, order),
  };
}

/** The version asked for; else the one announced before the present one, or the announced one while another is on its way. */
function findEarlier(
  { announced, change }: PublishedDomain,
  versions: readonly PolicyVersion[],
  toVersion: number | undefined,
): PolicyVersion | undefined {
  if (toVersion !== undefined) return versions.find(({ number }) => number === toVersion);
  if (change !== undefined) return versions.find(({ number }) => number === announced);
  return versions.find(
    ({ number, announcedAtMs }) => announcedAtMs !== undefined && number !== announced,
  );
}

function wishOf({ mode, maxAgeSeconds, mx, body }: PolicyVersion): PolicyWish {
  const parsed = parseStsPolicy(body);
  return { mode, maxAgeSeconds, mx, extensions: parsed.ok ? parsed.value.extensions : [] };
}

function noSuchVersion(toVersion: number | undefined): Objection {
  const message =
    toVersion === undefined
      ? 'No other version of this domain was ever announced.'
      : `This domain has no version ${toVersion}.`;
  const remedy = 'See "sekisho publish history" for what there is.';
  return { code: 'no-such-version', message, remedy, canOverride: false };
}

const NOTHING_TO_LEAVE: Objection = {
  code: 'nothing-announced',
  message: 'Nothing is announced, so there is nothing to leave.',
  remedy: 'Use "sekisho publish remove".',
  canOverride: false,
};

async function abandon(workshop: Workshop, domain: Domain, order: Order): Promise<OrderOutcome> {
  const { store, clock } = workshop;
  const faults = judgeOrder(order);
  if (faults.length > 0) return refuse(workshop, domain, faults);
  const found = await store.getDomain(domain);
  if (found === undefined) return { kind: 'unknown-domain' };
  const { change } = found;
  if (change === undefined) return refuse(workshop, domain, [NOTHING_TO_ABANDON]);
  if (!canBeAbandoned(change)) return refuse(workshop, domain, [MAY_BE_ANNOUNCED]);
  const why = order.reason === undefined ? '' : `: ${order.reason}`;
  const message = `Version ${change.version} was abandoned at step ${change.step}${why}.`;
  const problem = {
    code: 'abandoned',
    message,
    remedy: 'Nothing is to be done.',
    atMs: clock.now(),
  };
  return (await abandonChange(workshop, found, change, problem, order.by))
    ? { kind: 'done' }
    : refuse(workshop, domain, [MAY_BE_ANNOUNCED]);
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
