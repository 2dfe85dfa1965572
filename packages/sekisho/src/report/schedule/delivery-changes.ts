import type { CarryResult } from '../deliver/carrier.ts';
import type { Delivery } from '../store/index.ts';

/**
 * What an attempt changes: the delivery itself, and those held for it. Nothing if the delivery has ended already.
 *
 * @param deliveries all of the report, as they are stored.
 * @param chance from 0 to 1.
 */
export function settleAttempt(
  deliveries: readonly Delivery[],
  attempt: {
    readonly place: number;
    readonly end: CarryResult;
    readonly startedAtMs: number;
    readonly nowMs: number;
    readonly chance: number;
  },
): readonly Delivery[] {
  const own = deliveries.find(({ place }) => place === attempt.place);
  // It may be stored already, though the store could not say so.
  if (own === undefined || !(own.state === 'waiting' || own.state === 'committing')) return [];
  const ended = endOf(own, attempt);
  const held = deliveries.filter(({ state }) => state === 'held');
  switch (ended.state) {
    case 'sent':
      return [
        ended,
        ...held.map((one): Delivery => ({ ...one, state: 'spared', endedAtMs: attempt.nowMs })),
      ];
    case 'given-up':
    case 'uncertain':
      return [ended, ...giveTurn(held, attempt.nowMs)];
    case 'waiting':
    case 'held':
    case 'committing':
    case 'spared':
      return [ended];
  }
}

/** The first of those held has its turn: a report is not delivered until somebody has taken it (RFC 8460 §3). */
function giveTurn(held: readonly Delivery[], nowMs: number): readonly Delivery[] {
  return held.slice(0, 1).map((one) => ({ ...one, state: 'waiting', nextAttemptAtMs: nowMs }));
}

/** The delivery once an attempt has begun for which `beforeCommit` was called. */
export function committing(delivery: Delivery, startedAtMs: number): Delivery {
  return {
    ...delivery,
    state: 'committing',
    firstAttemptAtMs: delivery.firstAttemptAtMs ?? startedAtMs,
  };
}

function endOf(
  own: Delivery,
  { end, startedAtMs, nowMs, chance }: Parameters<typeof settleAttempt>[1],
): Delivery {
  const firstAttemptAtMs = own.firstAttemptAtMs ?? startedAtMs;
  const attempts = own.attempts + 1;
  const tried = { ...own, attempts, firstAttemptAtMs };
  switch (end.kind) {
    case 'taken':
      return { ...tried, state: 'sent', lastProblem: end.detail, endedAtMs: nowMs };
    case 'refused':
      return { ...tried, state: 'given-up', lastProblem: end.problem, endedAtMs: nowMs };
    case 'unknown':
      return { ...tried, state: 'uncertain', lastProblem: end.problem, endedAtMs: nowMs };
    case 'later': {
      const { problem: lastProblem, retryAfterMs } = end;
      const when = { firstAttemptAtMs, nowMs, retryAfterMs, chance };
      const next = nextAttemptAtMs(attempts, when);
      return next === undefined
        ? { ...tried, state: 'given-up', lastProblem, endedAtMs: nowMs }
        : { ...tried, state: 'waiting', lastProblem, nextAttemptAtMs: next };
    }
  }
}

/** Whether a report goes to all its destinations, or to one after the other. */
type Destinations = 'all' | 'first';

/** What has to change for a report to leave now: what waits need wait no longer, and what is held has its turn. */
export function hurryDeliveries(
  deliveries: readonly Delivery[],
  destinations: Destinations,
  nowMs: number,
): readonly Delivery[] {
  const waiting = deliveries.filter(({ state }) => state === 'waiting');
  const held = deliveries.filter(({ state }) => state === 'held');
  const isTaken = deliveries.some(({ state }) => state === 'sent' || state === 'committing');
  const hasTurn = waiting.length > 0 || isTaken;
  const one = hasTurn ? [] : giveTurn(held, nowMs);
  const freed = destinations === 'first' ? one : held.map((each) => toNow(each, nowMs));
  return [...waiting.map((each) => toNow(each, nowMs)), ...freed];
}

/**
 * What has to change for another 24 hours of attempts (RFC 8460 §5.5). With `first` and without a place, one destination
 * is enough: none is tried again once another has the report.
 */
export function retryDeliveries(
  deliveries: readonly Delivery[],
  options: {
    readonly place: number | undefined;
    readonly destinations: Destinations;
    readonly nowMs: number;
  },
): readonly Delivery[] {
  const { place, destinations, nowMs } = options;
  const ended = deliveries.filter(({ state }) => state === 'given-up' || state === 'uncertain');
  const again = ended.map((each) => afresh(each, nowMs));
  if (place !== undefined) return again.filter((each) => each.place === place);
  if (destinations === 'all') return again;
  const isUnderWay = deliveries.some(({ state }) =>
    ['sent', 'waiting', 'committing'].includes(state),
  );
  if (isUnderWay) return [];
  return again.map((each, index) => (index === 0 ? each : { ...each, state: 'held' }));
}

function toNow(delivery: Delivery, nowMs: number): Delivery {
  return { ...delivery, state: 'waiting', nextAttemptAtMs: nowMs };
}

function afresh(delivery: Delivery, nowMs: number): Delivery {
  const { firstAttemptAtMs: _first, endedAtMs: _ended, ...rest } = delivery;
  return { ...rest, state: 'waiting', attempts: 0, nextAttemptAtMs: nowMs };
}

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** RFC 8460 §5.5. */
const WINDOW_MS = 24 * HOUR_MS;

/**
 * When a report is tried again: after five minutes, doubling to four hours, and up to a tenth more, so that many do not
 * come at once; the last time 24 hours after the first attempt. Undefined when there is no other time. RFC 8460 §5.5.
 *
 * @param attempts that have failed, at least 1.
 * @param options.retryAfterMs what the destination asked for; never undercut.
 * @param options.chance from 0 to 1.
 */
export function nextAttemptAtMs(
  attempts: number,
  options: {
    readonly firstAttemptAtMs: number;
    readonly nowMs: number;
    readonly retryAfterMs?: number | undefined;
    readonly chance: number;
  },
): number | undefined {
  const { firstAttemptAtMs, nowMs, retryAfterMs = 0, chance } = options;
  const lastAtMs = firstAttemptAtMs + WINDOW_MS;
  if (nowMs >= lastAtMs || nowMs + retryAfterMs > lastAtMs) return undefined;
  const doubled = Math.min(5 * MINUTE_MS * 2 ** Math.min(attempts - 1, 30), 4 * HOUR_MS);
  const waitMs = Math.max(Math.round(doubled * (1 + chance / 10)), retryAfterMs);
  return Math.min(nowMs + waitMs, lastAtMs);
}
