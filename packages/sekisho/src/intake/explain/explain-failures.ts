import type { FailureGroup } from '../store/index.ts';
import type { Finding, FindingCode, Language, Reach } from './finding.ts';
import { showText } from './show-text.ts';
import { writeFinding } from './write-finding.ts';

/** Failures of one domain, and who reports about it in the same days. */
export interface FailureFacts {
  readonly domain: string;
  readonly groups: readonly FailureGroup[];
  readonly reporters: readonly string[];
}

/** RFC 8460 §4.3. */
const BY_RESULT: ReadonlyMap<string, FindingCode> = new Map([
  ['starttls-not-supported', 'starttls-missing'],
  ['certificate-host-mismatch', 'certificate-host-mismatch'],
  ['certificate-expired', 'certificate-expired'],
  ['certificate-not-trusted', 'certificate-not-trusted'],
  ['validation-failure', 'negotiation-failed'],
  ['tlsa-invalid', 'tlsa-invalid'],
  ['dnssec-invalid', 'dnssec-invalid'],
  ['dane-required', 'dane-required'],
  ['sts-policy-fetch-error', 'policy-unfetchable'],
  ['sts-policy-invalid', 'policy-invalid'],
  ['sts-webpki-invalid', 'policy-host-untrusted'],
]);

/** They stop no mail: a sender goes on with the policy that it has, or without one (RFC 8461 §3.3). */
const OF_POLICY_HOST: ReadonlySet<FindingCode> = new Set([
  'policy-unfetchable',
  'policy-invalid',
  'policy-host-untrusted',
]);

const MOST_NAMED = 5;
/** What reporters write where they do tell that no pattern matches. */
const TELLS_MISMATCH = /mx[-_ ]?(host)?[-_ ]?mismatch|mx-not-in-policy/i;

/**
 * What the failures of a domain mean: one finding for a cause at an MX host, the most frequent first. Reporters give no
 * type to an MX host that the policy does not allow, and some not even a reason (RFC 8460 §4.3.1): a bare
 * `validation-failure` of a host that no pattern matches is taken for that.
 */
export function explainFailures(facts: FailureFacts, language?: Language): readonly Finding[] {
  const causes = new Map<string, FailureGroup[]>();
  for (const group of facts.groups) {
    const key = JSON.stringify([codeOf(group), group.mxHost ?? '', group.policyType === 'tlsa']);
    const found = causes.get(key);
    if (found === undefined) causes.set(key, [group]);
    else found.push(group);
  }
  return [...causes.values()]
    .map((groups) => explain(groups, facts, language))
    .sort((a, b) => (b.evidence.sessions ?? 0) - (a.evidence.sessions ?? 0));
}

function codeOf({ resultType, isOutsidePolicy, reasonCode = '' }: FailureGroup): FindingCode {
  const isOpen = resultType === 'validation-failure' && isOutsidePolicy;
  if (isOpen && (reasonCode === '' || TELLS_MISMATCH.test(reasonCode))) return 'mx-not-in-policy';
  return BY_RESULT.get(resultType) ?? 'unknown-result';
}

function explain(
  groups: readonly FailureGroup[],
  { domain, reporters: all }: FailureFacts,
  language?: Language,
): Finding {
  const [first] = groups;
  if (first === undefined) throw new TypeError('Cannot explain no failure at all');
  const code = codeOf(first);
  const reporters = distinct(groups.flatMap(({ reporters: own }) => own));
  const reasons = distinct(groups.map(({ reasonCode = '' }) => reasonCode)).slice(0, MOST_NAMED);
  const addresses = distinct(groups.map(({ address = '' }) => address)).slice(0, MOST_NAMED);
  const isDane = first.policyType === 'tlsa';
  const evidence = {
    sessions: groups.reduce((sum, { sessions }) => sum + sessions, 0),
    ...(first.mxHost === undefined ? {} : { mxHost: showText(first.mxHost) }),
    addresses: addresses.map(showText),
    firstDay: groups.map(({ firstDay }) => firstDay).reduce((a, b) => (a < b ? a : b)),
    lastDay: groups.map(({ lastDay }) => lastDay).reduce((a, b) => (a > b ? a : b)),
    reporters: reporters.map(showText),
    allReporters: Math.max(all.length, reporters.length),
    reach: reachOf(reporters.length, Math.max(all.length, reporters.length)),
    reasons: reasons.map(showText),
    modes: distinct(groups.map(({ mode = '' }) => mode)),
    isDane,
  };
  return writeFinding(
    { code, severity: severityOf(code, isDane, groups), domain, evidence },
    language,
  );
}

function severityOf(
  code: FindingCode,
  isDane: boolean,
  groups: readonly FailureGroup[],
): Finding['severity'] {
  if (OF_POLICY_HOST.has(code)) return 'warning';
  const isApplied = groups.some(({ policyType, mode }) => policyType === 'sts' && mode !== 'none');
  return isDane || isApplied ? 'error' : 'warning';
}

function reachOf(some: number, all: number): Reach {
  if (all === 1) return 'only-reporter';
  if (some === all) return 'all';
  return some === 1 ? 'one-of-several' : 'some';
}

function distinct(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].filter((text) => text !== '').sort();
}
