import {
  type AppliedPolicy,
  type Domain,
  parseDomain,
  type PolicyType,
  type SessionFailure,
} from '@sekisho/spec';
import { DATAGRAM_LIMITS, type DatagramNote } from './datagram-sessions.ts';
import { readFailure } from './read-failure.ts';
import { isJsonObject, type JsonObject, textsOf, withinSize } from './json-values.ts';

/** What became of a session under one policy. */
export interface JudgedSession {
  readonly policy: AppliedPolicy;
  readonly isSuccess: boolean;
  readonly failures: readonly SessionFailure[];
}

const POLICY_TYPE_BY_NUMBER: ReadonlyMap<unknown, PolicyType> = new Map<unknown, PolicyType>([
  [1, 'tlsa'],
  [2, 'sts'],
  [9, 'no-policy-found'],
]);

/**
 * Reads one entry of `policies`; undefined without a known type or result. The result stands by itself: a session may
 * have failed without details, and one that failed at first may have succeeded.
 */
export function readPolicy(
  value: unknown,
  recipient: Domain,
  notes: Set<DatagramNote>,
): JudgedSession | undefined {
  const entry = isJsonObject(value) ? value : {};
  const policyType = POLICY_TYPE_BY_NUMBER.get(entry['policy-type']);
  const result = entry['f'];
  if (policyType === undefined || (result !== 0 && result !== 1)) {
    notes.add('policy-unusable');
    return undefined;
  }
  return {
    policy: {
      policyType,
      policyDomain: readPolicyDomain(entry, recipient, notes),
      policyString: policyType === 'no-policy-found' ? [] : readPolicyString(entry, notes),
      mxHost: policyType === 'sts' ? readPatterns(entry, notes) : [],
    },
    isSuccess: result === 0,
    failures: readFailures(entry, notes),
  };
}

function readPolicyDomain(entry: JsonObject, recipient: Domain, notes: Set<DatagramNote>): Domain {
  const given = entry['policy-domain'];
  if (given === undefined) return recipient;
  const parsed = typeof given === 'string' ? parseDomain(given) : undefined;
  if (parsed?.ok === true) return parsed.value;
  notes.add('policy-domain-invalid');
  return recipient;
}

function readPolicyString(entry: JsonObject, notes: Set<DatagramNote>): readonly string[] {
  const lines = textsOf(entry['policy-string'], DATAGRAM_LIMITS.lines, notes);
  return withinSize(lines, DATAGRAM_LIMITS.text, notes);
}

function readPatterns(entry: JsonObject, notes: Set<DatagramNote>): readonly string[] {
  const patterns = textsOf(entry['mx-host'], DATAGRAM_LIMITS.patterns, notes);
  return patterns.map((pattern) => pattern.slice(0, DATAGRAM_LIMITS.host).toLowerCase());
}

function readFailures(entry: JsonObject, notes: Set<DatagramNote>): readonly SessionFailure[] {
  const given = entry['failure-details'];
  if (given === undefined) return [];
  const list: readonly unknown[] = Array.isArray(given) ? given : [];
  if (!Array.isArray(given)) notes.add('failure-unusable');
  if (list.length > DATAGRAM_LIMITS.failures) notes.add('too-many');
  return list
    .slice(0, DATAGRAM_LIMITS.failures)
    .map((failure) => readFailure(failure, notes))
    .filter((failure) => failure !== undefined);
}
