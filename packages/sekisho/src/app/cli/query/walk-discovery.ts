import { type Domain, decidePolicy, type PolicyDecision } from '@sekisho/spec';
import { runRound } from '../../../discover/index.ts';
import type { DnsResult } from '../../../io/dns/index.ts';
import type { StoredDomain } from '../../../discover/store/index.ts';
import {
  explainFetch,
  explainKept,
  explainPolicy,
  explainRecord,
  toCachedPolicy,
  toRecordLookup,
} from './explain-discovery.ts';
import type { ExplainOptions, ExplainTools } from './explain-options.ts';
import type { OnStep } from './explanation.ts';

/** Shows each part of a round when it is over, not when all of it is. */
function tap(
  tools: ExplainTools,
  kept: StoredDomain | undefined,
  options: ExplainOptions,
  onStep: OnStep,
): ExplainTools {
  const { clock, resolver, client } = tools;
  return {
    ...tools,
    resolver: {
      ...resolver,
      async lookupTxt(name, lookupOptions) {
        const startedAtMs = clock.now();
        const dns = await resolver.lookupTxt(name, lookupOptions);
        const nowMs = clock.now();
        onStep(explainRecord(name, dns, nowMs - startedAtMs));
        const { holdBackMs, store } = options;
        onStep(explainKept({ ...store, kept, record: toRecordLookup(dns), holdBackMs, nowMs }));
        return dns;
      },
    },
    client: {
      ...client,
      async fetchPolicyBody(domain, fetchOptions) {
        const fetch = await client.fetchPolicyBody(domain, fetchOptions);
        onStep(explainFetch(domain, fetch, ''));
        if (fetch.kind === 'body') onStep(explainPolicy(fetch.body, 'fetch'));
        return fetch;
      },
    },
  };
}

/** What discovery came to, and the text of the policy in force. */
export interface Discovered {
  readonly decision: PolicyDecision;
  readonly body: string;
  /** Absent where nobody was asked. */
  readonly dns?: DnsResult<string>;
}

/** Nobody was asked, so nothing can be said about the record. */
function forgetRecord(decision: PolicyDecision): PolicyDecision {
  if (decision.kind !== 'policy') return { kind: 'no-policy', because: 'not-fetched' };
  const { failure: _, ...known } = decision;
  return known;
}

function walkKept(
  kept: StoredDomain | undefined,
  { store, holdBackMs }: ExplainOptions,
  onStep: OnStep,
  nowMs: number,
): Discovered {
  onStep(explainKept({ ...store, kept, record: undefined, holdBackMs, nowMs }));
  const body = kept?.policy?.body ?? '';
  if (kept?.policy !== undefined) onStep(explainPolicy(body, 'kept'));
  const decision = decidePolicy({
    cached: kept && toCachedPolicy(kept),
    record: { kind: 'none', issues: [] },
    fetched: { kind: 'not-attempted' },
    nowMs,
  });
  return { decision: forgetRecord(decision), body };
}

/** Discovers as the daemon does, and tells each step as soon as it is over. */
export async function walkDiscovery(
  policyDomain: Domain,
  tools: ExplainTools,
  options: ExplainOptions,
  onStep: OnStep,
): Promise<Discovered> {
  const kept = await tools.readKept(policyDomain);
  if (options.cachedOnly) return walkKept(kept, options, onStep, tools.clock.now());
  const { decision, dns, fetch, fetchDecision } = await runRound(
    tap(tools, kept, options, onStep),
    { policyDomain, cached: kept?.policy, unconditional: true },
  );
  if (fetch === undefined) {
    const because = fetchDecision.fetch ? '' : fetchDecision.because;
    onStep(explainFetch(policyDomain, undefined, because));
  }
  const keptBody = kept?.policy?.body ?? '';
  if (decision.kind !== 'policy' || decision.from === 'fetch')
    return { decision, dns, body: fetch?.kind === 'body' ? fetch.body : '' };
  onStep(explainPolicy(keptBody, 'kept'));
  return { decision, dns, body: keptBody };
}
