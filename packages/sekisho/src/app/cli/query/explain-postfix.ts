import type { Domain, PolicyDecision } from '@sekisho/spec';
import {
  type Answer,
  DANE_ANSWER,
  formatAnswer,
  formForMap,
  TLSRPT_MAP_NAME,
} from '../../../apply/index.ts';
import type { PolicyAnswer } from '../../../discover/index.ts';
import type { DnsResult } from '../../../io/dns/index.ts';
import type { ExplainOptions } from './explain-options.ts';
import type { PostfixStep } from './explanation.ts';

const NOT_APPLICABLE: Answer = { line: 'NOTFOUND ', outcome: 'not-applicable' };

function explainAnswers(
  { version, map }: ExplainOptions,
  answerFor: (mapName: string) => Answer,
): PostfixStep {
  const maps = [...new Set([map, TLSRPT_MAP_NAME])];
  return {
    step: 'postfix',
    version: `${String(version.major)}.${String(version.minor)}`,
    answers: maps.map((name) => ({ map: name, ...answerFor(name) })),
  };
}

/** The answers to a key that never has a policy. */
export function explainNoAnswer(options: ExplainOptions): PostfixStep {
  return explainAnswers(options, () => NOT_APPLICABLE);
}

/** The answers that the daemon would give; undefined as to DANE where it would not ask about it. */
export function explainPostfix(
  answer: PolicyAnswer,
  isDaneProtected: boolean | undefined,
  options: ExplainOptions,
  nowMs: number,
): PostfixStep {
  const { answers, version } = options;
  const step = explainAnswers(options, (name) =>
    isDaneProtected === true
      ? DANE_ANSWER
      : formatAnswer(answer, formForMap(name, version), answers, nowMs),
  );
  return isDaneProtected === undefined ? step : { ...step, isDaneProtected };
}

/** The decision in the form that the answers are made from. */
export function toAnswer(
  policyDomain: Domain,
  decision: PolicyDecision,
  body: string,
  dns: DnsResult<string> | undefined,
  nowMs: number,
): PolicyAnswer {
  switch (decision.kind) {
    case 'policy': {
      const { policy, id, fetchedAtMs, expiresAtMs } = decision;
      return { kind: 'policy', policyDomain, policy, id, body, fetchedAtMs, expiresAtMs };
    }
    case 'no-policy':
      return { kind: 'no-policy', policyDomain, because: decision.because, untilMs: nowMs };
    case 'uncertain':
      return {
        kind: 'uncertain',
        policyDomain,
        because: dns?.kind === 'failure' ? dns.code : 'network',
        sinceMs: nowMs,
      };
  }
}
