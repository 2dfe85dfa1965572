import {
  type CachedPolicy,
  decideFetch,
  type Domain,
  type Issue,
  parseStsPolicy,
  policyLines,
  policyUrl,
  type RecordLookup,
  selectStsRecord,
} from '@sekisho/spec';
import type { DnsResult } from '../../../io/dns/index.ts';
import type { PolicyFetch } from '../../../io/https/index.ts';
import type { StoredDomain } from '../../../discover/store/index.ts';
import { readStoredPolicy } from '../cache/describe-stored.ts';
import type {
  DnsOutcome,
  FetchStep,
  KeptStep,
  PolicyLine,
  PolicyStep,
  RecordStep,
} from './explanation.ts';

const toIso = (atMs: number): string => new Date(atMs).toISOString();

/** How the DNS answered, without the records. */
export function describeDns(dns: DnsResult<unknown>): DnsOutcome {
  if (dns.kind === 'failure') return { kind: 'failure', code: dns.code, message: dns.message };
  const { rcode, authenticated, cnames, ttlSeconds, server } = dns;
  const ttl = ttlSeconds === undefined ? {} : { ttlSeconds };
  return { kind: 'answer', rcode, authenticated, cnames, server, ...ttl };
}

/** What the TXT records come to. */
export function toRecordLookup(dns: DnsResult<string>): RecordLookup {
  return dns.kind === 'answer' ? selectStsRecord(dns.records) : { kind: 'unavailable' };
}

/** The step that shows the TXT records. */
export function explainRecord(
  name: string,
  dns: DnsResult<string>,
  durationMs: number,
): RecordStep {
  const record = toRecordLookup(dns);
  return {
    step: 'record',
    name,
    dns: describeDns(dns),
    texts: dns.kind === 'answer' ? dns.records : [],
    selection: record.kind,
    ...('text' in record ? { selectedText: record.text } : {}),
    ...(record.kind === 'record' ? { id: record.record.id } : {}),
    issues: record.kind === 'unavailable' ? [] : record.issues,
    durationMs,
  };
}

/** The kept policy as the decisions of the standard take it; undefined if there is none or it cannot be read. */
export function toCachedPolicy({ policy: stored }: StoredDomain): CachedPolicy | undefined {
  const policy = stored && readStoredPolicy(stored);
  if (stored === undefined || policy === undefined) return undefined;
  return { id: stored.id, policy, fetchedAtMs: stored.fetchedAtMs };
}

function describeKeptPolicy(kept: StoredDomain, nowMs: number): Pick<KeptStep, 'policy'> {
  const { policy: stored } = kept;
  if (stored === undefined) return {};
  const mode = readStoredPolicy(stored)?.mode;
  const policy = {
    id: stored.id,
    ...(mode === undefined ? {} : { mode }),
    fetchedAt: toIso(stored.fetchedAtMs),
    expiresAt: toIso(stored.expiresAtMs),
    refreshAt: toIso(stored.refreshAtMs),
    isExpired: stored.expiresAtMs <= nowMs,
  };
  return { policy };
}

/** What the step about the store is made of. */
export interface KeptInput extends Pick<KeptStep, 'storeFile' | 'store' | 'problem'> {
  readonly kept: StoredDomain | undefined;
  /** Undefined where nobody was asked. */
  readonly record: RecordLookup | undefined;
  readonly holdBackMs: number;
  readonly nowMs: number;
}

function describeState({ checkedAtMs, usedAtMs, failure }: StoredDomain): Partial<KeptStep> {
  return {
    ...(checkedAtMs === undefined ? {} : { checkedAt: toIso(checkedAtMs) }),
    ...(usedAtMs === undefined ? {} : { usedAt: toIso(usedAtMs) }),
    ...(failure === undefined
      ? {}
      : {
          failure: {
            id: failure.id,
            at: toIso(failure.atMs),
            code: failure.code,
            count: failure.count,
          },
        }),
  };
}

/** The step that shows what is kept, and what the daemon would do with the record. */
export function explainKept(input: KeptInput): KeptStep {
  const { storeFile, store, problem, kept, record, holdBackMs, nowMs } = input;
  const cached = kept && toCachedPolicy(kept);
  const isComparable = record?.kind === 'record' && kept?.policy !== undefined;
  return {
    step: 'kept',
    storeFile,
    store,
    ...(problem === undefined ? {} : { problem }),
    ...(kept === undefined ? {} : { ...describeKeptPolicy(kept, nowMs), ...describeState(kept) }),
    ...(isComparable ? { idIsUnchanged: record.record.id === kept.policy.id } : {}),
    ...(record === undefined
      ? {}
      : { daemon: decideFetch({ cached, record, lastFailure: kept?.failure, nowMs, holdBackMs }) }),
  };
}

/** The step that shows the fetch; `because` where there was none. */
export function explainFetch(
  policyDomain: Domain,
  fetch: PolicyFetch | undefined,
  because: string,
): FetchStep {
  const common = { step: 'fetch', url: policyUrl(policyDomain) } as const;
  if (fetch === undefined) return { ...common, outcome: 'not-attempted', because };
  const { trace } = fetch;
  if (fetch.kind === 'body')
    return { ...common, outcome: 'body', sizeBytes: Buffer.byteLength(fetch.body), trace };
  const { code, resultType, message, reason } = fetch;
  const optional = reason === undefined ? {} : { reason };
  return { ...common, outcome: 'failure', code, resultType, message, ...optional, trace };
}

function toLines(body: string, issues: readonly Issue[]): readonly PolicyLine[] {
  return policyLines(body).map((text, index) => {
    const line = index + 1;
    return { line, text, issues: issues.filter((issue) => issue.line === line) };
  });
}

/** The step that shows the policy's text, line by line. */
export function explainPolicy(body: string, from: PolicyStep['from']): PolicyStep {
  const parsed = parseStsPolicy(body);
  const lines = toLines(body, parsed.issues);
  const issues = parsed.issues.filter(({ line }) => line === undefined || line > lines.length);
  const common = { step: 'policy', from, lines, issues, isValid: parsed.ok } as const;
  if (!parsed.ok) return common;
  const { mode, mx, maxAgeSeconds } = parsed.value;
  return { ...common, mode, mx, maxAgeSeconds };
}
