import type { Domain } from '@sekisho/spec';
import type {
  PolicyStore,
  StoredDomain,
  StoredPolicy,
} from '../../packages/sekisho/src/discover/store/index.ts';
import { type StormOperation, stormOperation } from './storm-operation.ts';

/** One life of the writer: where it began, and what it was told is kept. */
export interface StormRun {
  readonly first: number;
  readonly inFlight: number;
  readonly acknowledged: readonly number[];
}

/** Knows what the store may hold, and finds what it should not or should. */
export interface StormJudge {
  /** Takes note of a run, compares the store with all runs so far, and says what is wrong, a sentence each. */
  judge(store: PolicyStore, run: StormRun): Promise<readonly string[]>;
  /** Where the next run may begin. */
  readonly next: number;
}

/** Operations are known by their numbers, which rise; for one domain they happen one after another. */
export function createStormJudge(key: string): StormJudge {
  /** The last operation of each domain that is known to be kept. */
  const settled = new Map<Domain, number>();
  let next = 0;

  const settle = (number: number): void => {
    settled.set(stormOperation(number, key).policyDomain, number);
  };

  /** What was under way may have happened or not; only then is it known which. */
  const judgeDomain = (underWay: number | undefined, domain: Domain, present?: StoredDomain) => {
    const before = settled.get(domain);
    if (underWay !== undefined && underWay > (before ?? -1) && agrees(underWay, key, present)) {
      settle(underWay);
      return [];
    }
    const right = before === undefined ? present === undefined : agrees(before, key, present);
    return right
      ? []
      : [`${domain}: ${describe(present)} instead of that of ${before ?? 'nobody'}`];
  };

  return {
    get next() {
      return next;
    },
    async judge(store, { first, inFlight, acknowledged }) {
      const ordered = [...acknowledged].sort((one, other) => one - other);
      ordered.forEach(settle);
      next = (ordered.at(-1) ?? first) + inFlight + 1;
      const underWay = new Map<Domain, number>();
      for (const number of missing(ordered, first, next)) {
        underWay.set(stormOperation(number, key).policyDomain, number);
      }
      const present = await listAll(store);
      const domains = new Set([...settled.keys(), ...underWay.keys(), ...present.keys()]);
      const wrong = [...domains].flatMap((domain) =>
        judgeDomain(underWay.get(domain), domain, present.get(domain)),
      );
      return [...wrong, ...(await missingFromHistory(store, acknowledged, key))];
    },
  };
}

function missing(numbers: readonly number[], from: number, to: number): readonly number[] {
  const known = new Set(numbers);
  const all = Array.from({ length: to - from }, (_, index) => from + index);
  return all.filter((number) => !known.has(number));
}

async function listAll(store: PolicyStore): Promise<ReadonlyMap<Domain, StoredDomain>> {
  const all = new Map<Domain, StoredDomain>();
  let page = await store.list();
  while (page.length > 0) {
    for (const row of page) {
      all.set(row.policyDomain, row);
    }
    const last = page.at(-1);
    page = last === undefined ? [] : await store.list({ after: last.policyDomain });
  }
  return all;
}

function agrees(number: number, key: string, present: StoredDomain | undefined): boolean {
  const operation = stormOperation(number, key);
  return operation.kind === 'put'
    ? present?.policy !== undefined && isSame(present.policy, operation)
    : present === undefined;
}

function isSame(
  kept: StoredPolicy,
  { policy }: Extract<StormOperation, { readonly kind: 'put' }>,
): boolean {
  return (
    kept.id === policy.id &&
    kept.body === policy.body &&
    kept.fetchedAtMs === policy.fetchedAtMs &&
    kept.expiresAtMs === policy.expiresAtMs &&
    kept.refreshAtMs === policy.refreshAtMs
  );
}

function describe(present: StoredDomain | undefined): string {
  return present === undefined ? 'no policy' : `policy ${present.policy?.id ?? 'missing'}`;
}

/** Each acknowledged text, replaced since or not. */
async function missingFromHistory(
  store: PolicyStore,
  acknowledged: readonly number[],
  key: string,
): Promise<readonly string[]> {
  const findings = acknowledged.map(async (number) => {
    const operation = stormOperation(number, key);
    if (operation.kind === 'remove') {
      return [];
    }
    const entries = await store.history(operation.policyDomain);
    return entries.some((entry) => isSame(entry, operation))
      ? []
      : [`${operation.policyDomain}: history lacks ${operation.policy.id}`];
  });
  return (await Promise.all(findings)).flat();
}
