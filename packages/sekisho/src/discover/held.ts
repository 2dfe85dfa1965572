import { type Domain, parseStsPolicy } from '@sekisho/spec';
import type { Held, PolicyAnswer } from './answer.ts';
import { type Entry, policyInForce } from './entry.ts';
import type { Round } from './round.ts';

/** The answer that an entry gives at a time, or undefined if the domain has to be discovered. */
export function heldBy(entry: Entry, nowMs: number): Held | undefined {
  const policy = policyInForce(entry, nowMs);
  if (policy === undefined) return nowMs < entry.absentUntilMs ? absenceOf(entry) : undefined;
  const parsed = parseStsPolicy(policy.body);
  if (!parsed.ok) return undefined;
  const { policyDomain, id, body, fetchedAtMs, expiresAtMs } = policy;
  const known = { policyDomain, policy: parsed.value, id, body, fetchedAtMs, expiresAtMs };
  const validUntilMs = Math.min(expiresAtMs, entry.recheckAtMs);
  return { answer: { kind: 'policy', ...known }, validUntilMs };
}

/** What an entry says that has just absorbed a round, however short it is to be believed. */
export function heldAfter(entry: Entry, round: Round, nowMs: number): Held | undefined {
  return fetchedOnce(round) ?? heldBy(entry, nowMs) ?? absenceOf(entry);
}

/** Nothing could be learnt. */
export function unknown(
  policyDomain: Domain,
  because: Extract<PolicyAnswer, { kind: 'uncertain' }>['because'],
  sinceMs: number,
): Held {
  return { answer: { kind: 'uncertain', policyDomain, because, sinceMs }, validUntilMs: 0 };
}

const absenceOf = ({ absent, absentUntilMs }: Entry): Held | undefined =>
  absent === undefined ? undefined : { answer: absent, validUntilMs: absentUntilMs };

/** A policy that was fetched just now applies to this delivery, even with a `max_age` of 0 (RFC 8461 §3.2). */
function fetchedOnce({ decision, fetch, policyDomain }: Round): Held | undefined {
  if (decision.kind !== 'policy' || decision.from !== 'fetch' || fetch?.kind !== 'body')
    return undefined;
  const { id, policy, fetchedAtMs, expiresAtMs } = decision;
  if (policy.maxAgeSeconds > 0) return undefined;
  const { body } = fetch;
  const known = { policyDomain, policy, id, body, fetchedAtMs, expiresAtMs };
  return { answer: { kind: 'policy', ...known }, validUntilMs: 0 };
}
