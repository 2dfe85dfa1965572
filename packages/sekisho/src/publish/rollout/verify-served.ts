import { policyUrl } from '@sekisho/spec';
import type { FetchFailureCode, PolicyFetch } from '../../io/https/index.ts';
import type { Change, PolicyVersion } from '../store/index.ts';
import type { Workshop } from './rollout-options.ts';
import type { StepOutcome } from './step-outcome.ts';

/** Step `verify`: fetches the policy as a sender does; the certificate must be valid and the text the new one. */
export async function verifyServed(
  { clock, policyClient, settleMs, signal }: Workshop,
  change: Change,
  version: PolicyVersion,
): Promise<StepOutcome> {
  const settledAtMs = change.stepSinceMs + settleMs;
  if (clock.now() < settledAtMs) {
    const code = 'settling';
    const message =
      'Caches before the policy host may still give out the former text (RFC 8461 §8.2).';
    return { kind: 'waits', mishap: { code, message, remedy: 'Wait.' }, untilMs: settledAtMs };
  }
  return judge(version, await policyClient.fetchPolicyBody(version.domain, { signal }));
}

function judge({ domain, body, number }: PolicyVersion, fetched: PolicyFetch): StepOutcome {
  if (fetched.kind === 'failure') {
    const code = `fetch-${fetched.code}`;
    const remedy = remedyFor(fetched.code, domain);
    return { kind: 'failed', mishap: { code, message: fetched.message, remedy } };
  }
  if (fetched.body === body) return { kind: 'moved', move: 'verified' };
  const from = fetched.trace.remoteAddress ?? 'The policy host';
  const message = `${from} gives out another text at ${policyUrl(domain)} than version ${number}.`;
  const remedy = `Let mta-sts.${domain} lead to this policy host only, with nothing between that keeps or changes the text.`;
  return { kind: 'failed', mishap: { code: 'body-differs', message, remedy } };
}

function remedyFor(code: FetchFailureCode, domain: string): string {
  if (code.startsWith('tls-certificate')) {
    return `Wait for the certificate of mta-sts.${domain}, or see "sekisho publish certificates" for what keeps it away.`;
  }
  if (code.startsWith('dns') || code === 'address-refused') {
    return `Let mta-sts.${domain} point to this policy host; "sekisho dns ${domain}" shows the records.`;
  }
  return code.startsWith('http') || code === 'body-too-large'
    ? `Something else answers for mta-sts.${domain}: let it lead to this policy host.`
    : `Port 443 of mta-sts.${domain} must be reachable from everywhere and lead to this policy host.`;
}
