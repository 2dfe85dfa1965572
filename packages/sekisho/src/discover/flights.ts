import type { Domain } from '@sekisho/spec';

/** Work on one domain that is under way; never rejects. */
export interface Flight<T> {
  readonly startedAtMs: number;
  readonly ended: Promise<T>;
}

/** One flight a domain at a time (RFC 8461 §3.3): who comes later waits for the one that is under way. */
export interface Flights<T> {
  /** The flight under way, or a new one. */
  join(policyDomain: Domain, startedAtMs: number, fly: () => Promise<T>): Flight<T>;
  /** Resolves when no flight of the domain is under way. */
  landed(policyDomain: Domain): Promise<void>;
  allLanded(): Promise<void>;
}

export function createFlights<T>(): Flights<T> {
  const flights = new Map<Domain, Flight<T>>();
  return {
    join(policyDomain, startedAtMs, fly) {
      const under = flights.get(policyDomain);
      if (under !== undefined) return under;
      const flight = { startedAtMs, ended: fly().finally(() => flights.delete(policyDomain)) };
      flights.set(policyDomain, flight);
      return flight;
    },
    async landed(policyDomain) {
      await flights.get(policyDomain)?.ended;
    },
    async allLanded() {
      await Promise.all([...flights.values()].map(({ ended }) => ended));
    },
  };
}
