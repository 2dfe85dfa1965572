import { type Domain, type NextHop, parseNextHop, type PolicyDecision } from '@sekisho/spec';
import { isDaneProtected } from '../../../apply/index.ts';
import { toAscii } from '../../../io/idn/index.ts';
import { explainDecision, explainNotApplicable } from './explain-decision.ts';
import { explainDirectHost, explainMx } from './explain-mx.ts';
import type { ExplainOptions, ExplainTools } from './explain-options.ts';
import { explainNoAnswer, explainPostfix, toAnswer } from './explain-postfix.ts';
import type { DecisionStep, MxStep, NextHopStep, OnStep } from './explanation.ts';
import { walkDiscovery } from './walk-discovery.ts';

const SENTENCES = {
  'address-literal': 'No policy applies: an IP address has none (RFC 8461 §3.4).',
  parent:
    'No policy applies: a policy holds for one domain, never for those below it (RFC 8461 §3.4).',
  'smart-host': 'No policy applies: smart hosts are left out by the setting postfix.smartHosts.',
} as const;

function explainNextHop(input: string, nextHop: NextHop, isIgnored: boolean): NextHopStep {
  return {
    step: 'next-hop',
    input,
    kind: nextHop.kind,
    ...('policyDomain' in nextHop ? { policyDomain: nextHop.policyDomain } : {}),
    ...('port' in nextHop && nextHop.port !== undefined ? { port: nextHop.port } : {}),
    issues: nextHop.kind === 'invalid' ? nextHop.issues : [],
    isIgnored,
  };
}

/** In brackets a next hop is the host itself, and its MX records mean nothing (RFC 8461 §3.4). */
async function findMx(
  input: string,
  policyDomain: Domain,
  decision: PolicyDecision,
  { resolver }: ExplainTools,
): Promise<MxStep> {
  const policy = decision.kind === 'policy' ? decision.policy : undefined;
  return input.startsWith('[')
    ? explainDirectHost(policyDomain, policy)
    : explainMx(policyDomain, await resolver.lookupMx(policyDomain), policy);
}

/** As the daemon does: only where the operator's Postfix does DANE, and only before a policy is enforced. */
async function findDane(
  policyDomain: Domain,
  decision: PolicyDecision,
  { resolver }: ExplainTools,
  { answers, cachedOnly }: ExplainOptions,
): Promise<boolean | undefined> {
  const isEnforced = decision.kind === 'policy' && decision.policy.mode === 'enforce';
  return isEnforced && !cachedOnly && answers.defaultLevel.startsWith('dane')
    ? isDaneProtected(policyDomain, resolver)
    : undefined;
}

/**
 * Goes the way of a lookup and tells every step. Always fetches where there is something to fetch, even if
 * the daemon would not, because the question is what the domain publishes now. Keeps nothing.
 */
export async function explain(
  input: string,
  tools: ExplainTools,
  options: ExplainOptions,
  onStep: OnStep,
): Promise<DecisionStep | undefined> {
  const nextHop = parseNextHop(input, { toAscii });
  const isIgnored = nextHop.kind === 'smart-host' && !options.smartHosts;
  onStep(explainNextHop(input, nextHop, isIgnored));
  if (nextHop.kind === 'invalid') return undefined;
  if (isIgnored || !('policyDomain' in nextHop)) {
    const step = explainNotApplicable(SENTENCES[nextHop.kind]);
    onStep(step);
    onStep(explainNoAnswer(options));
    return step;
  }
  const { policyDomain } = nextHop;
  const { decision, body, dns } = await walkDiscovery(policyDomain, tools, options, onStep);
  if (options.mx && !options.cachedOnly) onStep(await findMx(input, policyDomain, decision, tools));
  const dane = await findDane(policyDomain, decision, tools, options);
  const step = explainDecision(decision);
  onStep(step);
  const nowMs = tools.clock.now();
  onStep(explainPostfix(toAnswer(policyDomain, decision, body, dns, nowMs), dane, options, nowMs));
  return step;
}
