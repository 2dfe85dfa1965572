import type { DiscoveryFailure, PolicyDecision, StsMode } from '@sekisho/spec';
import type { DecisionStep } from './explanation.ts';

const MODES: Readonly<Record<StsMode, string>> = {
  enforce:
    'mail goes only to MX hosts that match the policy and prove their name with a trusted certificate (RFC 8461 §5)',
  testing: 'mail goes out as without a policy; what would have failed is reported (RFC 8461 §5)',
  none: 'the domain gives up its policy: mail goes out as without one (RFC 8461 §5)',
};

type NoPolicy = Extract<PolicyDecision, { kind: 'no-policy' }>;

const NO_POLICY: Readonly<Record<NoPolicy['because'], string>> = {
  'no-record': 'the domain announces none (RFC 8461 §3.1)',
  'multiple-records': 'several records announce one, which counts as none (RFC 8461 §3.1)',
  'record-invalid': 'the record is not valid, which counts as none (RFC 8461 §3.1)',
  'fetch-failed': 'it is announced but cannot be fetched, and none is kept (RFC 8461 §3.3)',
  'held-back': 'its last fetch failed less than five minutes ago (RFC 8461 §3.3)',
  'not-fetched': 'none is kept, and nobody was asked',
};

const FAILURES: Readonly<Record<DiscoveryFailure['because'], string>> = {
  'dns-unavailable': 'the DNS does not answer',
  'no-record': 'the record is gone',
  'multiple-records': 'there are several records',
  'record-invalid': 'the record is not valid',
  'fetch-failed': 'the policy cannot be fetched now',
  'held-back': 'the last fetch failed less than five minutes ago',
};

function describeFailure({ because, resultType }: DiscoveryFailure): string {
  return resultType === 'sts-policy-invalid'
    ? 'the policy fetched now is not valid'
    : FAILURES[because];
}

function explainPolicyDecision(
  decision: Extract<PolicyDecision, { kind: 'policy' }>,
): DecisionStep {
  const { policy, id, from, expiresAtMs, failure } = decision;
  const kept =
    failure === undefined
      ? ''
      : `; ${describeFailure(failure)}, so the kept policy serves until it expires (RFC 8461 §5.1)`;
  return {
    step: 'decision',
    kind: 'policy',
    mode: policy.mode,
    id,
    from,
    ...(failure === undefined ? {} : { because: failure.because }),
    expiresAt: new Date(expiresAtMs).toISOString(),
    sentence: `The policy applies: ${MODES[policy.mode]}${kept}.`,
  };
}

function describeAbsence({ because, failure }: NoPolicy): string {
  return because === 'fetch-failed' && failure?.resultType === 'sts-policy-invalid'
    ? 'it is announced and fetched, but not valid, and none is kept (RFC 8461 §3.2)'
    : NO_POLICY[because];
}

/** The step that says what is in force, and by which clause. */
export function explainDecision(decision: PolicyDecision): DecisionStep {
  if (decision.kind === 'policy') return explainPolicyDecision(decision);
  const { kind, because } = decision;
  const sentence =
    decision.kind === 'no-policy'
      ? `No policy applies: ${describeAbsence(decision)}.`
      : 'Uncertain: the DNS does not tell whether there is a policy, and none is kept (RFC 8461 §3.3).';
  const failure = decision.kind === 'no-policy' ? decision.failure : undefined;
  const reported = failure?.isReportable === true ? { resultType: failure.resultType } : {};
  return { step: 'decision', kind, because, ...reported, sentence };
}

/** For next hops that never have a policy. */
export function explainNotApplicable(sentence: string): DecisionStep {
  return { step: 'decision', kind: 'not-applicable', sentence };
}
