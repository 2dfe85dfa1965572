import {
  type CachedPolicy,
  type Domain,
  decideFetch,
  decidePolicy,
  type FetchDecision,
  type FetchOutcome,
  isPolicyFresh,
  type PolicyDecision,
  parseStsPolicy,
  type RecordLookup,
  type Result,
  type StsPolicy,
  selectStsRecord,
  stsRecordName,
} from '@sekisho/spec';
import type { Clock } from '../io/clock/index.ts';
import type { DnsResult, Resolver, TxtRecord } from '../io/dns/index.ts';
import type { FetchFailureCode, PolicyClient, PolicyFetch } from '../io/https/index.ts';
import type { DomainState, StoredPolicy } from './store/index.ts';

/** How a fetch ended: `ok`, what broke, or a body that is no policy. A closed set, fit for a metric label. */
export type FetchCode = 'ok' | 'policy-invalid' | FetchFailureCode;

/** What a round of discovery works with. */
export interface RoundTools {
  readonly clock: Clock;
  readonly resolver: Resolver;
  readonly client: PolicyClient;
}

export interface RoundInput {
  readonly policyDomain: Domain;
  /** What is kept of the domain, if anything; an expired policy counts as none. */
  readonly cached?: StoredPolicy | undefined;
  readonly failure?: DomainState['failure'] | undefined;
  /** Fetch even if the id is unchanged or the DNS is silent (RFC 8461 §10.2). */
  readonly unconditional?: boolean;
  /** Between failed fetches of one id. Default 300 s (RFC 8461 §3.3). */
  readonly holdBackMs?: number | undefined;
  readonly signal?: AbortSignal;
}

/** Everything that one round saw, in the order in which it was seen: `query` prints it, the cache acts on it. */
export interface Round {
  readonly policyDomain: Domain;
  readonly dns: DnsResult<TxtRecord>;
  readonly record: RecordLookup;
  readonly fetchDecision: FetchDecision;
  readonly fetch?: PolicyFetch;
  readonly parsed?: Result<StsPolicy>;
  readonly fetchCode?: FetchCode;
  readonly decision: PolicyDecision;
  readonly endedAtMs: number;
}

/**
 * Discovers the policy of one domain once: TXT record, whether to fetch, the fetch, the decision
 * (RFC 8461 §3.1, §3.3, §5.1). Keeps nothing, and never throws for what a remote does.
 */
export async function runRound(tools: RoundTools, input: RoundInput): Promise<Round> {
  const { policyDomain } = input;
  const cached = freshCached(input, tools.clock.now());
  const options = input.signal === undefined ? {} : { signal: input.signal };
  const dns = await tools.resolver.lookupTxt(stsRecordName(policyDomain), options);
  const record = readRecord(dns);
  const fetchDecision = chooseFetch(input, cached, record, tools.clock.now());
  const fetched = fetchDecision.fetch
    ? await fetchPolicy(tools.client, policyDomain, options)
    : undefined;
  const endedAtMs = tools.clock.now();
  const decision = decidePolicy({
    cached,
    record,
    fetched: toOutcome(fetchDecision, fetched),
    nowMs: endedAtMs,
  });
  return { policyDomain, dns, record, fetchDecision, ...fetched, decision, endedAtMs };
}

function freshCached({ cached }: RoundInput, nowMs: number): CachedPolicy | undefined {
  if (cached === undefined) return undefined;
  const parsed = parseStsPolicy(cached.body);
  if (!parsed.ok) return undefined;
  const known = { id: cached.id, policy: parsed.value, fetchedAtMs: cached.fetchedAtMs };
  return isPolicyFresh(known, nowMs) ? known : undefined;
}

function readRecord(dns: DnsResult<TxtRecord>): RecordLookup {
  return dns.kind === 'answer' ? selectStsRecord(dns.records) : { kind: 'unavailable' };
}

function chooseFetch(
  { unconditional = false, failure, holdBackMs }: RoundInput,
  cached: CachedPolicy | undefined,
  record: RecordLookup,
  nowMs: number,
): FetchDecision {
  const decision = decideFetch({
    cached,
    lastFailure: failure,
    holdBackMs,
    record,
    nowMs,
  });
  if (decision.fetch || !unconditional || cached === undefined) return decision;
  return { fetch: true, id: record.kind === 'record' ? record.record.id : cached.id };
}

interface Fetched {
  readonly fetch: PolicyFetch;
  readonly fetchCode: FetchCode;
  readonly parsed?: Result<StsPolicy>;
}

async function fetchPolicy(
  client: PolicyClient,
  policyDomain: Domain,
  options: { readonly signal?: AbortSignal },
): Promise<Fetched> {
  const fetch = await client.fetchPolicyBody(policyDomain, options);
  if (fetch.kind === 'failure') return { fetch, fetchCode: fetch.code };
  const parsed = parseStsPolicy(fetch.body);
  return { fetch, parsed, fetchCode: parsed.ok ? 'ok' : 'policy-invalid' };
}

function toOutcome(decision: FetchDecision, fetched: Fetched | undefined): FetchOutcome {
  if (fetched === undefined)
    return !decision.fetch && decision.because === 'held-back'
      ? { kind: 'held-back' }
      : { kind: 'not-attempted' };
  if (fetched.fetch.kind === 'failure')
    return { kind: 'failed', resultType: fetched.fetch.resultType };
  return fetched.parsed?.ok === true
    ? { kind: 'policy', policy: fetched.parsed.value }
    : { kind: 'failed', resultType: 'sts-policy-invalid' };
}
