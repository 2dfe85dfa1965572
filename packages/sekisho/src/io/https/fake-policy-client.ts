import type { Domain } from '@sekisho/spec';
import { FetchFault, toFailure } from './fetch-fault.ts';
import type { FetchFailureCode, PolicyClient, PolicyFetch } from './policy-client.ts';

/** What a fake policy host does: a body, a failure by code, or a whole outcome. */
export type FakeOutcome =
  | { readonly body: string }
  | { readonly failure: FetchFailureCode; readonly reason?: string }
  | PolicyFetch;

/** An outcome, now or later. */
export type FakeAnswer = FakeOutcome | Promise<FakeOutcome>;

/** A policy client for unit tests; domains that were given no answer fail with `dns-not-found`. */
export interface FakePolicyClient extends PolicyClient {
  /** What the next fetches of a domain yield, until set anew; a function is asked at each fetch. */
  answer(policyDomain: string, answer: FakeAnswer | (() => FakeAnswer)): void;
  /** Fetches so far, of one domain or of all. */
  calls(policyDomain?: string): number;
  readonly closed: boolean;
}

/** Makes a client that fetches nothing and says what it was told to. */
export function createFakePolicyClient(): FakePolicyClient {
  const answers = new Map<string, () => FakeAnswer>();
  const fetched: string[] = [];
  let closed = false;
  return {
    answer(policyDomain, answer) {
      answers.set(policyDomain, typeof answer === 'function' ? answer : () => answer);
    },
    calls: (policyDomain) =>
      fetched.filter((each) => policyDomain === undefined || each === policyDomain).length,
    get closed() {
      return closed;
    },
    async fetchPolicyBody(policyDomain) {
      fetched.push(policyDomain);
      const answer = answers.get(policyDomain)?.() ?? { failure: 'dns-not-found' };
      return toFetch(policyDomain, await answer);
    },
    close() {
      closed = true;
    },
  };
}

/** The trace of a fetch that saw nothing. */
const NOTHING_SEEN = { addresses: [], durationMs: 0 } as const;

function toFetch(policyDomain: Domain, answer: FakeOutcome): PolicyFetch {
  if ('kind' in answer) return answer;
  if ('body' in answer) return { kind: 'body', body: answer.body, trace: NOTHING_SEEN };
  const fault = new FetchFault(answer.failure, `fake ${answer.failure}`, answer.reason);
  return toFailure(policyDomain, fault, NOTHING_SEEN);
}
