import type { Delivery } from '../store/index.ts';
import type { CarryResult } from '../deliver/carrier.ts';
import { nextAttemptAtMs } from './back-off.ts';

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
export function giveTurn(held: readonly Delivery[], nowMs: number): readonly Delivery[] {
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
