import { parseStsPolicy, type StsPolicy } from '@sekisho/spec';
import type { HistoryEntry, StoredDomain, StoredPolicy } from '../../../discover/store/index.ts';

type Json = Readonly<Record<string, unknown>>;

const toIso = (atMs: number | undefined): string | undefined =>
  atMs === undefined ? undefined : new Date(atMs).toISOString();

/** The policy that a kept text holds; undefined only if the rules of reading became stricter since. */
export function readStoredPolicy({ body }: StoredPolicy): StsPolicy | undefined {
  const parsed = parseStsPolicy(body);
  return parsed.ok ? parsed.value : undefined;
}

/** Whether a kept policy has no effect any more (RFC 8461 §3.2); it may still be there until it is swept away. */
export function isExpired({ expiresAtMs }: StoredPolicy, nowMs: number): boolean {
  return expiresAtMs <= nowMs;
}

function policyToJson(stored: StoredPolicy, nowMs: number): Json {
  const policy = readStoredPolicy(stored);
  return {
    id: stored.id,
    mode: policy?.mode,
    mx: policy?.mx,
    maxAgeSeconds: policy?.maxAgeSeconds,
    fetchedAt: toIso(stored.fetchedAtMs),
    expiresAt: toIso(stored.expiresAtMs),
    isExpired: isExpired(stored, nowMs),
    fetchedFrom: stored.fetchedFrom,
    certificateNotAfter: toIso(stored.certificateNotAfterMs),
    body: stored.body,
  };
}

/** What `cache list --json` and `cache show --json` print of one domain. */
export function domainToJson(
  { policyDomain, policy, checkedAtMs, usedAtMs, failure }: StoredDomain,
  nowMs: number,
): Json {
  return {
    domain: policyDomain,
    ...(policy === undefined
      ? {}
      : { ...policyToJson(policy, nowMs), refreshAt: toIso(policy.refreshAtMs) }),
    checkedAt: toIso(checkedAtMs),
    usedAt: toIso(usedAtMs),
    failure: failure && {
      id: failure.id,
      at: toIso(failure.atMs),
      code: failure.code,
      count: failure.count,
    },
  };
}

/** What `cache history --json` prints of one text. */
export function historyToJson(entry: HistoryEntry, nowMs: number): Json {
  return {
    ...policyToJson(entry, nowMs),
    lastFetchedAt: toIso(entry.lastFetchedAtMs),
    replacedAt: toIso(entry.replacedAtMs),
    replacedBecause: entry.replacedBecause,
  };
}
