import type { PolicyAnswer } from '../discover/index.ts';
import type { AnswerForm } from './answer-form.ts';
import { formatSecurePolicy, formatTestingPolicy, type PolicyInForce } from './postfix-policy.ts';

/** What the answers depend on beside the policy; see the `postfix` and `policies.uncertainty` settings. */
export interface AnswerSettings {
  /** What a `testing` policy answers where the form has the attributes. Default `nothing`. */
  readonly testing: 'nothing' | 'report';
  /** The operator's `smtp_tls_security_level`, repeated by `testing: report`. Default `may`. */
  readonly defaultLevel: 'may' | 'encrypt' | 'dane' | 'dane-only';
  /** What is answered while the DNS is silent and nothing is cached. */
  readonly uncertainty: {
    /** SERVFAIL, REFUSED and answers that cannot be used. Default `notfound`. */
    readonly servfail: 'notfound' | 'temp';
    /** No answer in time. Default `notfound`. */
    readonly timeout: 'notfound' | 'temp';
    /** How long one domain may be answered `temp` without a break. Default 600. */
    readonly tempSeconds: number;
  };
}

export const DEFAULT_ANSWER_SETTINGS: AnswerSettings = {
  testing: 'nothing',
  defaultLevel: 'may',
  uncertainty: { servfail: 'notfound', timeout: 'notfound', tempSeconds: 600 },
};

/** Every way in which a lookup can end, as metric label. */
export const ANSWER_OUTCOMES = [
  'secure', // an enforce policy is applied
  'dane', // an enforce policy, and DANE takes precedence (RFC 8461 §2)
  'testing', // a testing policy; nothing is demanded
  'none', // a policy of mode none
  'no-policy',
  'uncertain', // nothing could be learnt; delivered as without a policy
  'temp', // nothing could be learnt; the MTA is told to wait
  'not-applicable', // an address literal, a parent key, a key that is no domain
] as const;

export type AnswerOutcome = (typeof ANSWER_OUTCOMES)[number];

/** One answer to the MTA: the socketmap reply without its netstring, and what it means. */
export interface Answer {
  readonly line: string;
  readonly outcome: AnswerOutcome;
}

/** There is no policy for this key. The trailing space belongs to the protocol. */
export const NOT_FOUND = 'NOTFOUND ';

/**
 * Where DANE protects a domain with an `enforce` policy: only hosts that pass DANE get the mail. `secure` would let
 * MTA-STS pass what DANE refuses (RFC 8461 §2), `dane` would deliver unchecked to hosts without TLSA records.
 */
export const DANE_ANSWER: Answer = { line: 'OK dane-only', outcome: 'dane' };

/** What Postfix is told about a Policy Domain (RFC 8461 §5). */
export function formatAnswer(
  answer: PolicyAnswer,
  form: AnswerForm,
  settings: AnswerSettings,
  nowMs: number,
): Answer {
  switch (answer.kind) {
    case 'policy':
      return formatPolicyAnswer(answer, form, settings);
    case 'no-policy':
      return { line: NOT_FOUND, outcome: 'no-policy' };
    case 'uncertain':
      return formatUncertainty(answer, settings, nowMs);
  }
}

function formatPolicyAnswer(
  answer: PolicyInForce,
  form: AnswerForm,
  { testing, defaultLevel }: AnswerSettings,
): Answer {
  switch (answer.policy.mode) {
    case 'enforce':
      return { line: `OK ${formatSecurePolicy(answer, form)}`, outcome: 'secure' };
    case 'testing':
      return testing === 'report' && form === 'sts-attributes'
        ? { line: `OK ${formatTestingPolicy(answer, defaultLevel)}`, outcome: 'testing' }
        : { line: NOT_FOUND, outcome: 'testing' };
    case 'none':
      return { line: NOT_FOUND, outcome: 'none' };
  }
}

/** Silence delays mail only if the operator wishes so, and only for a bounded time. */
function formatUncertainty(
  { policyDomain, because, sinceMs }: Extract<PolicyAnswer, { kind: 'uncertain' }>,
  { uncertainty }: AnswerSettings,
  nowMs: number,
): Answer {
  const isSilence = because === 'timeout' || because === 'network' || because === 'deadline';
  const wish = isSilence ? uncertainty.timeout : uncertainty.servfail;
  if (wish === 'notfound' || nowMs - sinceMs >= uncertainty.tempSeconds * 1000)
    return { line: NOT_FOUND, outcome: 'uncertain' };
  return {
    line: `TEMP MTA-STS record of ${policyDomain} cannot be looked up (${because})`,
    outcome: 'temp',
  };
}
