import { parseDomain } from '../text/domain.ts';
import { isIpv4Address, isIpv6Address } from '../text/ip-address.ts';
import { quote } from '../text/quote.ts';
import { RESULT_TYPES } from '../text/result-type.ts';
import { formatInstant } from './report-instant.ts';
import {
  type FailureDetails,
  POLICY_TYPES,
  type ReportedPolicy,
  type TlsReport,
} from './tls-report.ts';
import { WIRE } from './wire-names.ts';

const SECOND_MS = 1000;
/** Ours: a code or a short text, not a log (RFC 8460 §4.3.3). */
const LONGEST_REASON = 128;

/**
 * Writes a TLS report as I-JSON, strictly by the standard: every required member, none that is not known, domains in
 * A-labels, `mx-host` for MTA-STS policies only. RFC 8460 §4.4.
 *
 * @throws TypeError for what no report may say, naming the member.
 * @example
 * ```ts
 * import { formatTlsReport, parseTlsReport } from '@sekisho/spec';
 *
 * const report = {
 *   organizationName: 'Example', contactInfo: 'tls@example.net', reportId: '1@example.net',
 *   startMs: 1_795_392_000_000, endMs: 1_795_478_400_000,
 *   policies: [{
 *     policyType: 'no-policy-found', policyString: [], policyDomain: 'example.com', mxHost: [],
 *     totalSuccessfulSessionCount: 7, totalFailureSessionCount: 0, failureDetails: [],
 *   }],
 * };
 * const parsed = parseTlsReport(formatTlsReport(report));
 * assert(parsed.ok);
 * assert.deepEqual(parsed.value, report);
 * assert.deepEqual(parsed.issues, []);
 * ```
 */
export function formatTlsReport(report: TlsReport): string {
  demandText(WIRE.organizationName, report.organizationName);
  demand(isAddrSpec(report.contactInfo), WIRE.contactInfo, report.contactInfo, 'user@domain');
  demandText(WIRE.reportId, report.reportId);
  demand(report.endMs > report.startMs, WIRE.dateRange, '', 'a period of some length');
  demand(report.policies.length > 0, WIRE.policies, '', 'at least one');
  return JSON.stringify({
    [WIRE.organizationName]: report.organizationName,
    [WIRE.dateRange]: {
      [WIRE.startDatetime]: formatInstant(report.startMs),
      [WIRE.endDatetime]: formatInstant(report.endMs - SECOND_MS),
    },
    [WIRE.contactInfo]: report.contactInfo,
    [WIRE.reportId]: report.reportId,
    [WIRE.policies]: report.policies.map(toWirePolicy),
  });
}

function toWirePolicy(policy: ReportedPolicy): object {
  const { policyType, policyDomain = '' } = policy;
  const isType = POLICY_TYPES.some((type) => type === policyType);
  demand(isType, WIRE.policyType, policyType, POLICY_TYPES.join(', '));
  const parsed = parseDomain(policyDomain);
  const isDomain = parsed.ok && String(parsed.value) === policyDomain;
  demand(isDomain, WIRE.policyDomain, policyDomain, 'a domain in lower-case A-labels');
  const isSts = policyType === 'sts';
  const hasText = policyType !== 'no-policy-found';
  return {
    [WIRE.policy]: {
      [WIRE.policyType]: policyType,
      ...(hasText ? { [WIRE.policyString]: policy.policyString } : {}),
      [WIRE.policyDomain]: policyDomain,
      ...(isSts ? { [WIRE.mxHost]: policy.mxHost } : {}),
    },
    [WIRE.summary]: {
      [WIRE.totalSuccessfulSessionCount]: count(
        WIRE.totalSuccessfulSessionCount,
        policy.totalSuccessfulSessionCount,
      ),
      [WIRE.totalFailureSessionCount]: count(
        WIRE.totalFailureSessionCount,
        policy.totalFailureSessionCount,
      ),
    },
    [WIRE.failureDetails]: policy.failureDetails.map(toWireDetails),
  };
}

/** Members that are not known are left out (JSON.stringify drops undefined). */
function toWireDetails(details: FailureDetails): object {
  const { resultType, failureReasonCode } = details;
  const isType = RESULT_TYPES.some((type) => type === resultType);
  demand(isType, WIRE.resultType, resultType, RESULT_TYPES.join(', '));
  return {
    [WIRE.resultType]: resultType,
    [WIRE.sendingMtaIp]: address(WIRE.sendingMtaIp, details.sendingMtaIp),
    [WIRE.receivingMxHostname]: details.receivingMxHostname,
    [WIRE.receivingMxHelo]: details.receivingMxHelo,
    [WIRE.receivingIp]: address(WIRE.receivingIp, details.receivingIp),
    [WIRE.failedSessionCount]: count(WIRE.failedSessionCount, details.failedSessionCount),
    [WIRE.additionalInformation]: details.additionalInformation,
    [WIRE.failureReasonCode]: failureReasonCode?.slice(0, LONGEST_REASON),
  };
}

function count(name: string, value: number): number {
  demand(Number.isSafeInteger(value) && value >= 0, name, String(value), 'a whole number from 0');
  return value;
}

function address(name: string, value: string | undefined): string | undefined {
  const isAddress = value === undefined || isIpv4Address(value) || isIpv6Address(value);
  demand(isAddress, name, value, 'an IP address');
  return value;
}

function isAddrSpec(text: string | undefined): boolean {
  return text !== undefined && /^[^\s@<>:]+@[^\s@<>]+$/.test(text);
}

function demandText(name: string, value: string | undefined): void {
  demand(value !== undefined && value.trim() !== '', name, value, 'a text');
}

function demand(
  isAllowed: boolean,
  name: string,
  given: string | undefined,
  allowed: string,
): void {
  if (isAllowed) return;
  const shown = given === undefined ? 'nothing' : quote(given);
  throw new TypeError(`Cannot write ${name} ${shown}: must be ${allowed} (RFC 8460 §4.4)`);
}
