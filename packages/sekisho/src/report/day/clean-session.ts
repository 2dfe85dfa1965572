import { isIP, SocketAddress } from 'node:net';
import {
  type AppliedPolicy,
  type Domain,
  POLICY_TYPES,
  parseDomain,
  RESULT_TYPES,
  type SessionFailure,
  type TlsSession,
} from '@sekisho/spec';
import type { CountedSessions } from '../store/index.ts';

/**
 * Sessions as a report may tell them: what it must have is filled in, what it may not have is left out, for it came from
 * mail servers and logs. RFC 8460 §4.4.
 *
 * @param options.redactSendingAddresses leaves out our own addresses, which tell about our network (RFC 8460 §8).
 */
export function cleanSession(
  sessions: CountedSessions,
  options: { readonly redactSendingAddresses: boolean },
): Required<TlsSession> {
  return {
    policy: cleanPolicy(sessions.policy, sessions.domain),
    isSuccess: sessions.isSuccess,
    failures: sessions.failures.map((failure) => cleanFailure(failure, options)),
    count: sessions.count,
  };
}

function cleanPolicy(policy: AppliedPolicy, recipient: Domain): AppliedPolicy {
  const isKnown = POLICY_TYPES.some((type) => type === policy.policyType);
  const policyType = isKnown ? policy.policyType : 'no-policy-found';
  const parsed = parseDomain(policy.policyDomain ?? '');
  return {
    policyType,
    // As they are left out of the report, they may not make two entries of one.
    policyString: policyType === 'no-policy-found' ? [] : policy.policyString.map(wellFormed),
    policyDomain: parsed.ok ? parsed.value : recipient,
    mxHost: policyType === 'sts' ? policy.mxHost.map(wellFormed) : [],
  };
}

function cleanFailure(
  failure: SessionFailure,
  { redactSendingAddresses }: { readonly redactSendingAddresses: boolean },
): SessionFailure {
  const isKnown = RESULT_TYPES.some((type) => type === failure.resultType);
  // What fits no other type is a validation failure, with a word about it (RFC 8460 §4.3.3).
  const reason = failure.failureReasonCode || (isKnown ? undefined : failure.resultType);
  const host = failure.receivingMxHostname?.toLowerCase().replace(/\.$/, '');
  const sendingMtaIp = redactSendingAddresses ? undefined : failure.sendingMtaIp;
  return {
    resultType: isKnown ? failure.resultType : 'validation-failure',
    ...optional('sendingMtaIp', address(sendingMtaIp)),
    ...optional('receivingMxHostname', host),
    ...optional('receivingMxHelo', failure.receivingMxHelo),
    ...optional('receivingIp', address(failure.receivingIp)),
    ...optional('additionalInformation', uri(failure.additionalInformation)),
    ...optional('failureReasonCode', reason?.slice(0, LONGEST_REASON)),
  };
}

/** As the report cuts it, so that what differs beyond is one failure. */
const LONGEST_REASON = 128;

/** As RFC 5952 writes it; undefined for what is none. */
function address(text: string | undefined): string | undefined {
  const kind = isIP(text ?? '');
  if (kind !== 6) return kind === 4 ? text : undefined;
  const plain = text?.split('%')[0] ?? '';
  return new SocketAddress({ address: plain, family: 'ipv6' }).address;
}

function uri(text: string | undefined): string | undefined {
  return text !== undefined && URL.canParse(text) ? text : undefined;
}

/** Half a pair of surrogates may not stand in I-JSON (RFC 7493 §2.1). */
function wellFormed(text: string): string {
  return text.replace(/\p{Cs}/gu, '\ufffd');
}

function optional<Name extends keyof SessionFailure>(
  name: Name,
  text: string | undefined,
): { readonly [Key in Name]?: string } {
  const isGiven = text !== undefined && text !== '';
  return isGiven ? ({ [name]: wellFormed(text) } as { readonly [Key in Name]: string }) : {};
}
