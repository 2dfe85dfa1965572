import { type Domain, parseStsPolicy } from '@sekisho/spec';
import type { PolicyVersion, PublishedDomain } from '../store/index.ts';
import { abandonByOrder } from './abandon-change.ts';
import { refuse } from './objections.ts';
import { type Placing, placeOrder } from './place-order.ts';
import { removeDomain } from './remove-domain.ts';
import type { Objection, PolicyWish, Rollout } from './rollout.ts';
import type { RolloutContext } from './rollout-context.ts';

/** RFC 8461 §8.3: "a small max_age", with one day as its example. */
const LEAVING_MAX_AGE_SECONDS = 86_400;

/** The orders, without locks: the caller holds the domain's, and has seen that no change is under way that they must wait for. */
export type Orders = Pick<Rollout, 'set' | 'rollback' | 'leave' | 'remove' | 'abandon'>;

export function createOrders(context: RolloutContext): Orders {
  const { store } = context;
  const place = (domain: Domain, placing: Placing) => placeOrder(context, domain, placing);
  return {
    set: (domain, wish, order) => place(domain, { wish, order, purpose: 'set', canStay: true }),
    async rollback(domain, toVersion, order) {
      const found = await store.getDomain(domain);
      if (found === undefined) return { kind: 'unknown-domain' };
      const earlier = findEarlier(found, await store.listVersions(domain), toVersion);
      if (earlier === undefined) return refuse(context, domain, [noSuchVersion(toVersion)]);
      return place(domain, { wish: wishOf(earlier), order, purpose: 'rollback', canStay: true });
    },
    async leave(domain, order) {
      const found = await store.getDomain(domain);
      if (found === undefined) return { kind: 'unknown-domain' };
      const { announced, change, leavingSinceMs } = found;
      if (announced === undefined && change === undefined) {
        return refuse(context, domain, [NOTHING_TO_LEAVE]);
      }
      const wish: PolicyWish = { mode: 'none', maxAgeSeconds: LEAVING_MAX_AGE_SECONDS, mx: [] };
      const canStay = leavingSinceMs !== undefined || change?.purpose === 'leave';
      return place(domain, { wish, order, purpose: 'leave', canStay });
    },
    remove: (domain, order) => removeDomain(context, domain, order),
    abandon: (domain, order) => abandonByOrder(context, domain, order),
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
