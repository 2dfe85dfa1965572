import type { Delivery } from '../store/index.ts';
import { giveTurn } from './attempt.ts';

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
