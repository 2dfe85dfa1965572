import { describe, expect, it } from 'vitest';
import {
  createMemoryPolicyStore,
  type PolicyStore,
} from '../../packages/sekisho/src/discover/store/index.ts';
import { createStormJudge } from './storm-judge.ts';
import { perform, stormOperation } from './storm-operation.ts';

const KEY = 'key';
/** 0 is a removal, these are not. */
const [A, B, C] = [1, 2, 3];

async function storeWith(...numbers: readonly number[]): Promise<PolicyStore> {
  const store = createMemoryPolicyStore();
  for (const number of numbers) {
    await perform(store, stormOperation(number, KEY));
  }
  return store;
}

async function judge(store: PolicyStore, ...acknowledged: readonly number[]) {
  return createStormJudge(KEY).judge(store, { first: 0, inFlight: 2, acknowledged });
}

describe('the judge of a storm', () => {
  it.each([
    ['what was acknowledged is there', [A, B], [A, B]],
    ['what was under way has happened', [A, B, C], [A]],
    ['nothing has happened yet', [], []],
  ])('is content when %s', async (_when, written, acknowledged) => {
    expect(await judge(await storeWith(...written), ...acknowledged)).toEqual([]);
  });

  it('finds what was lost', async () => {
    expect(await judge(await storeWith(A), A, B)).toEqual([
      'd2.example: no policy instead of that of 2',
      'd2.example: history lacks n2',
    ]);
  });

  it('finds what nobody can have written yet', async () => {
    expect(await judge(await storeWith(A, 100), A)).toEqual([
      'd100.example: policy n100 instead of that of nobody',
    ]);
  });

  it('finds a text that was changed, or issued for another domain', async () => {
    const store = await storeWith(A);
    const [own, other] = [stormOperation(A, KEY), stormOperation(B, KEY)];
    if (own.kind === 'put' && other.kind === 'put') {
      await store.putPolicy({ ...own.policy, body: other.policy.body });
    }
    expect(await judge(store, A)).toEqual(['d1.example: policy n1 instead of that of 1']);
  });

  it('finds what was removed and has come back', async () => {
    const judgement = createStormJudge(KEY);
    const run = { first: 0, inFlight: 2, acknowledged: [A] };
    const store = await storeWith(A);
    expect(await judgement.judge(store, run)).toEqual([]);
    const later = { first: judgement.next, inFlight: 2, acknowledged: [REMOVAL_OF_A] };
    expect(await judgement.judge(store, later)).toEqual([
      `d1.example: policy n1 instead of that of ${REMOVAL_OF_A}`,
    ]);
  });
});

/** The first operation after A that removes A's domain. */
const REMOVAL_OF_A = Array.from({ length: 100 }, (_, round) => A + 5_000 * (round + 1)).find(
  (number) => stormOperation(number, KEY).kind === 'remove',
) as number;
