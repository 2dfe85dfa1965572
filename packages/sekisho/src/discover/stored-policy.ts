import type { PolicyDecision } from '@sekisho/spec';
import type { StoredPolicy } from './store/index.ts';
import type { Round } from './round.ts';
import { nextRefreshMs } from './schedule.ts';

type Spans = { readonly refreshMs: number; readonly holdBackMs: number };

/** What is to be kept of a policy that a round has just fetched; undefined if it fetched none. */
export function toStoredPolicy(
  { policyDomain, fetch, decision }: Round,
  { refreshMs, holdBackMs }: Spans,
): StoredPolicy | undefined {
  if (fetch?.kind !== 'body' || !isFetched(decision)) return undefined;
  const { id, fetchedAtMs, expiresAtMs } = decision;
  const { remoteAddress, certificate } = fetch.trace;
  const lifetimeMs = expiresAtMs - fetchedAtMs;
  const refreshAtMs = nextRefreshMs(policyDomain, fetchedAtMs, lifetimeMs, refreshMs);
  return {
    policyDomain,
    id,
    body: fetch.body,
    fetchedAtMs,
    expiresAtMs,
    // A short lifetime is no reason to hurry: such a policy is fetched again when it is used.
    refreshAtMs: Math.max(refreshAtMs, fetchedAtMs + Math.min(holdBackMs, refreshMs)),
    ...(remoteAddress === undefined ? {} : { fetchedFrom: remoteAddress }),
    ...(certificate === undefined ? {} : { certificateNotAfterMs: certificate.notAfterMs }),
  };
}

type Fetched = Extract<PolicyDecision, { kind: 'policy' }>;

const isFetched = (decision: PolicyDecision): decision is Fetched =>
  decision.kind === 'policy' && decision.from === 'fetch';
