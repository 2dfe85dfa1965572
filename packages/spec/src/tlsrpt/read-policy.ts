import { RESULT_TYPES } from '../text/result-type.ts';
import { quote } from '../text/quote.ts';
import { isIpv4Address, isIpv6Address } from '../text/ip-address.ts';
import {
  createMemberReader,
  type MemberReader,
  quoteValue,
  type ReportIssues,
} from './member-reader.ts';
import { type FailureDetails, POLICY_TYPES, type ReportedPolicy } from './tls-report.ts';
import { RESULT_TYPE_ALIASES, WIRE, type WireName } from './wire-names.ts';

/** Reads one entry of `policies`; undefined, with the reason noted, for one that says nothing usable. RFC 8460 §4.4. */
export function readPolicy(
  value: unknown,
  path: string,
  issues: ReportIssues,
): ReportedPolicy | undefined {
  const entry = createMemberReader(value, path, issues);
  const policy = entry?.object(WIRE.policy);
  const policyType = policy?.text(WIRE.policyType);
  if (entry === undefined || policy === undefined || policyType === undefined)
    return leaveOut(path, 'it has no policy with a type', issues);
  const counts = readCounts(entry);
  if (counts === undefined) return leaveOut(path, 'a total is no whole number from 0 on', issues);
  if (!POLICY_TYPES.some((known) => known === policyType))
    policy.note('policy-type-unknown', 'warning', `policy-type ${quote(policyType)} is not known`);
  const policyDomain = readPolicyDomain(policy);
  const failureDetails = readAllDetails(entry, issues);
  noteDisagreement(entry, counts.totalFailureSessionCount, failureDetails);
  return {
    policyType,
    policyString: readPolicyString(policy),
    ...(policyDomain === undefined ? {} : { policyDomain }),
    mxHost: readMxHost(policy),
    ...counts,
    failureDetails,
  };
}

function leaveOut(path: string, because: string, issues: ReportIssues): undefined {
  issues.add('policy-unusable', 'tolerated', () => `${path} is left out: ${because}`);
}

function readCounts(
  entry: MemberReader,
): Pick<ReportedPolicy, 'totalSuccessfulSessionCount' | 'totalFailureSessionCount'> | undefined {
  const summary = entry.object(WIRE.summary);
  if (summary === undefined) {
    entry.note('count-missing', 'tolerated', 'summary is missing, its totals are read as 0');
    return { totalSuccessfulSessionCount: 0, totalFailureSessionCount: 0 };
  }
  const totalSuccessfulSessionCount = summary.count(WIRE.totalSuccessfulSessionCount);
  const totalFailureSessionCount = summary.count(WIRE.totalFailureSessionCount);
  return totalSuccessfulSessionCount === undefined || totalFailureSessionCount === undefined
    ? undefined
    : { totalSuccessfulSessionCount, totalFailureSessionCount };
}

function readPolicyDomain(policy: MemberReader): string | undefined {
  const given = policy.text(WIRE.policyDomain);
  if (given === undefined) {
    policy.note('policy-domain-missing', 'tolerated', 'policy-domain is missing');
    return undefined;
  }
  const domain = given.trim().toLowerCase().replace(/\.$/, '');
  if (domain !== given)
    policy.note('policy-domain-form', 'tolerated', `policy-domain is read as ${quote(domain)}`);
  return domain;
}

function readPolicyString(policy: MemberReader): readonly string[] {
  const given = policy.raw(WIRE.policyString);
  if (given === undefined) return [];
  if (typeof given === 'string') {
    policy.note('policy-string-form', 'tolerated', 'policy-string is one text, is read as lines');
    return given
      .split(/\r\n|[\r\n;]/)
      .map((line) => line.trim())
      .filter((line) => line !== '');
  }
  return textsOf(policy, WIRE.policyString, given).flatMap((line) => unpack(policy, line));
}

/** One reporter writes the list of TLSA records as a JSON array within the only text of the list. */
function unpack(policy: MemberReader, line: string): readonly string[] {
  if (!line.startsWith('["') || !line.endsWith('"]')) return [line];
  try {
    const inner: unknown = JSON.parse(line);
    if (!Array.isArray(inner) || !inner.every((text) => typeof text === 'string')) return [line];
    policy.note('policy-string-packed', 'tolerated', 'policy-string holds a list within a text');
    return inner;
  } catch {
    return [line]; // it only looks like one
  }
}

function readMxHost(policy: MemberReader): readonly string[] {
  const given = policy.raw(WIRE.mxHost);
  if (given === undefined) return [];
  if (typeof given !== 'string')
    return textsOf(policy, WIRE.mxHost, given).filter((host) => host !== '');
  policy.note('mx-host-form', 'tolerated', 'mx-host is one text, is read as a list of one');
  return given === '' ? [] : [given];
}

function textsOf(reader: MemberReader, name: WireName, given: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(given) ? given : [];
  const texts = list.filter((item) => typeof item === 'string');
  if (!Array.isArray(given) || texts.length < list.length)
    reader.note('member-type', 'tolerated', `${name} holds what is no text, which is left out`);
  return texts;
}

function readAllDetails(entry: MemberReader, issues: ReportIssues): readonly FailureDetails[] {
  const given = entry.raw(WIRE.failureDetails);
  if (given === undefined) return [];
  if (!Array.isArray(given))
    entry.note('details-not-array', 'tolerated', 'failure-details is no list');
  const list: readonly unknown[] = Array.isArray(given) ? given : [given];
  return list.flatMap((detail, index) => {
    const path = `${entry.path}.${WIRE.failureDetails}[${index}]`;
    return readDetails(detail, path, issues) ?? [];
  });
}

function readDetails(
  value: unknown,
  path: string,
  issues: ReportIssues,
): FailureDetails | undefined {
  const detail = createMemberReader(value, path, issues);
  const resultType = detail === undefined ? undefined : readResultType(detail);
  const failedSessionCount = detail?.count(WIRE.failedSessionCount);
  if (detail === undefined || resultType === undefined || failedSessionCount === undefined) {
    const why = () => `${path} is left out: it has no result-type or no count`;
    issues.add('detail-unusable', 'tolerated', why);
    return undefined;
  }
  return {
    resultType,
    failedSessionCount,
    ...optional('sendingMtaIp', readAddress(detail, WIRE.sendingMtaIp)),
    ...optional('receivingMxHostname', detail.text(WIRE.receivingMxHostname)),
    ...optional('receivingMxHelo', detail.text(WIRE.receivingMxHelo)),
    ...optional('receivingIp', readAddress(detail, WIRE.receivingIp)),
    ...optional('additionalInformation', detail.text(WIRE.additionalInformation)),
    ...optional('failureReasonCode', detail.text(WIRE.failureReasonCode)),
  };
}

function optional<Name extends string>(
  name: Name,
  value: string | undefined,
): { readonly [Key in Name]?: string } {
  return value === undefined ? {} : ({ [name]: value } as { readonly [Key in Name]: string });
}

function readResultType(detail: MemberReader): string | undefined {
  const given = detail.text(WIRE.resultType);
  if (given === undefined) return undefined;
  const known = (name: string): boolean => RESULT_TYPES.some((type) => type === name);
  if (known(given)) return given;
  const spelt = given.trim().toLowerCase().replaceAll('_', '-');
  const alias = known(spelt) ? spelt : RESULT_TYPE_ALIASES[spelt];
  if (alias !== undefined) {
    detail.note('member-alias', 'tolerated', `result-type ${quote(given)} is read as ${alias}`);
    return alias;
  }
  detail.note('result-type-unknown', 'warning', `result-type ${quote(given)} is not known`);
  return given;
}

function readAddress(detail: MemberReader, name: WireName): string | undefined {
  const given = detail.text(name);
  if (given !== undefined && !isIpv4Address(given) && !isIpv6Address(given))
    detail.note('address-invalid', 'warning', `${name} is ${quoteValue(given)}, no IP address`);
  return given;
}

/** Failures to have the policy, which befall no session (RFC 8460 §4.3.2.2). */
const WITHOUT_SESSION: ReadonlySet<string> = new Set([
  'sts-policy-fetch-error',
  'sts-policy-invalid',
  'sts-webpki-invalid',
]);

/**
 * The counts are not exclusive (RFC 8460 §4), so a difference is only worth knowing; and some reporters count a policy
 * that could not be had among the failed sessions, others do not.
 */
function noteDisagreement(
  entry: MemberReader,
  total: number,
  details: readonly FailureDetails[],
): void {
  const sum = sumOf(details);
  const ofSessions = sumOf(details.filter(({ resultType }) => !WITHOUT_SESSION.has(resultType)));
  if (sum === total || ofSessions === total || details.length === 0) return;
  entry.note('counts-disagree', 'notice', `the total is ${total}, its details add up to ${sum}`);
}

function sumOf(details: readonly FailureDetails[]): number {
  return details.reduce((before, { failedSessionCount }) => before + failedSessionCount, 0);
}
