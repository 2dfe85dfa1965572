import { describe, expect, it } from 'vitest';
import type { Delivery, DeliveryState } from '../store/index.ts';
import { hurryDeliveries, retryDeliveries, settleAttempt } from './delivery-changes.ts';

const NOW = 5_000;

function list(states: readonly DeliveryState[]): readonly Delivery[] {
  return states.map((state, place) => ({
    reportId: 'one@example.net',
    place,
    uri: `mailto:a@x${place}.example`,
    state,
    attempts: 3,
    nextAttemptAtMs: 9_000,
  }));
}

function statesAfter(states: readonly DeliveryState[], changes: readonly Delivery[]): string {
  const changed = new Map(changes.map((change) => [change.place, change.state]));
  return states.map((state, place) => changed.get(place) ?? state).join(' ');
}

describe('settleAttempt (RFC 8460 §3, §5.5)', () => {
  const settle = (
    states: readonly DeliveryState[],
    kind: 'taken' | 'later' | 'refused' | 'unknown',
  ) =>
    settleAttempt(list(states), {
      end: kind === 'taken' ? { kind, detail: '250' } : { kind, problem: 'no' },
      place: 0,
      startedAtMs: 1_000,
      nowMs: NOW,
      chance: 0,
    });

  it.each<[string, Parameters<typeof settle>[1], string]>([
    ['committing held held', 'taken', 'sent spared spared'],
    ['committing held held', 'refused', 'given-up waiting held'],
    ['committing held held', 'unknown', 'uncertain waiting held'],
    ['committing held', 'later', 'waiting held'],
    ['waiting waiting', 'taken', 'sent waiting'],
    ['committing waiting', 'refused', 'given-up waiting'],
    ['sent held', 'refused', 'sent held'],
    ['given-up waiting held', 'refused', 'given-up waiting held'],
  ])('%s, %s: %s', (before, kind, after) => {
    const states = before.split(' ') as DeliveryState[];
    expect(statesAfter(states, settle(states, kind))).toBe(after);
  });

  it('RPT-5.5-1: gives up 24 hours after the first attempt, and says why', () => {
    const [one] = list(['committing']);
    const first = { ...one, firstAttemptAtMs: NOW - 86_400_000 } as Delivery;
    const end = { kind: 'later', problem: 'busy' } as const;
    const attempt = { place: 0, end, startedAtMs: NOW, nowMs: NOW, chance: 0 };
    const ended = { state: 'given-up', attempts: 4, lastProblem: 'busy', endedAtMs: NOW };
    expect(settleAttempt([first], attempt)).toMatchObject([ended]);
    const earlier = { ...first, firstAttemptAtMs: NOW - 1 };
    expect(settleAttempt([earlier], attempt)).toMatchObject([{ state: 'waiting', attempts: 4 }]);
  });
});

describe('orders', () => {
  it.each<[string, 'all' | 'first', string]>([
    ['waiting waiting sent', 'all', 'waiting waiting sent'],
    ['held held', 'all', 'waiting waiting'],
    ['held held', 'first', 'waiting held'],
    ['given-up held held', 'first', 'given-up waiting held'],
    ['waiting held', 'first', 'waiting held'],
    ['sent held', 'first', 'sent held'],
    ['given-up uncertain spared', 'all', 'given-up uncertain spared'],
  ])('to send now: %s (%s) become %s', (before, destinations, after) => {
    const states = before.split(' ') as DeliveryState[];
    const changes = hurryDeliveries(list(states), destinations, NOW);
    expect(statesAfter(states, changes)).toBe(after);
    const due = changes.filter(({ state }) => state === 'waiting');
    expect(due.every(({ nextAttemptAtMs }) => nextAttemptAtMs === NOW)).toBe(true);
  });

  it.each<[string, 'all' | 'first', number | undefined, string]>([
    ['given-up sent uncertain', 'all', undefined, 'waiting sent waiting'],
    ['given-up sent', 'first', undefined, 'given-up sent'],
    ['given-up sent', 'first', 0, 'waiting sent'],
    ['given-up uncertain', 'first', undefined, 'waiting held'],
    ['given-up uncertain', 'first', 1, 'given-up waiting'],
    ['sent spared', 'first', 0, 'sent spared'],
    ['given-up', 'all', 7, 'given-up'],
  ])('to retry: %s (%s, place %s) become %s', (before, destinations, place, after) => {
    const states = before.split(' ') as DeliveryState[];
    const changes = retryDeliveries(list(states), { place, destinations, nowMs: NOW });
    expect(statesAfter(states, changes)).toBe(after);
    for (const change of changes) {
      expect(change).toMatchObject({ attempts: 0, nextAttemptAtMs: NOW });
      expect(change.firstAttemptAtMs ?? change.endedAtMs).toBeUndefined();
    }
  });
});
