import type { Domain } from '../text/domain.ts';
import { matchPolicy } from './mx-pattern.ts';
import type { ResultType } from '../text/result-type.ts';
import type { StsPolicy } from './sts-policy.ts';

/** How an MX host's certificate fared: against the trust store, the clock, and the name of the MX host itself. */
export type CertificateVerdict = 'valid' | 'expired' | 'not-trusted' | 'host-mismatch';

/** What was seen of one MX host (RFC 8461 §4). */
export interface MxEvidence {
  /** The exchange name of the MX record, never where a CNAME leads; the Policy Domain itself where there is no MX. */
  readonly mxHost: Domain;
  /** It offers STARTTLS, and the command succeeds. */
  readonly starttls: boolean;
  /** TLS 1.2 or newer was agreed on. */
  readonly tlsVersionOk: boolean;
  /** Absent where no certificate came to sight. */
  readonly certificate?: CertificateVerdict;
}

/**
 * What a sender does with one MX host (RFC 8461 §5).
 *
 * - `deliver`: nothing stands against it.
 * - `deliver-and-report`: mode `testing`; deliver as if all were well, and report.
 * - `skip-host`: mode `enforce`; treat the host as unreachable, try the next one, else defer. Never a permanent failure.
 */
export type DeliveryDecision =
  | { readonly kind: 'deliver' }
  | {
      readonly kind: 'deliver-and-report' | 'skip-host';
      readonly resultType: ResultType;
      /** Short code for the report's `failure-reason-code`. */
      readonly reason: string;
    };

interface Failure {
  readonly resultType: ResultType;
  readonly reason: string;
}

/**
 * Judges one MX host by the policy in force, or by none. RFC 8461 §4, §5.
 *
 * @example
 * ```ts
 * import { decideDelivery, parseDomain, parseStsPolicy } from '@sekisho/spec';
 *
 * const policy = parseStsPolicy('version: STSv1\nmode: enforce\nmx: mx.example.com\nmax_age: 1209600\n');
 * const attacker = parseDomain('mx.example.net');
 * assert(policy.ok && attacker.ok);
 * const evidence = { mxHost: attacker.value, starttls: true, tlsVersionOk: true, certificate: 'valid' } as const;
 * assert.equal(decideDelivery(policy.value, evidence).kind, 'skip-host');
 * assert.equal(decideDelivery(undefined, evidence).kind, 'deliver');
 * ```
 */
export function decideDelivery(
  policy: StsPolicy | undefined,
  evidence: MxEvidence,
): DeliveryDecision {
  if (policy === undefined || policy.mode === 'none') return { kind: 'deliver' };
  const failure = findFailure(policy, evidence);
  if (failure === undefined) return { kind: 'deliver' };
  return { kind: policy.mode === 'testing' ? 'deliver-and-report' : 'skip-host', ...failure };
}

function findFailure(policy: StsPolicy, evidence: MxEvidence): Failure | undefined {
  if (matchPolicy(policy, evidence.mxHost) === undefined) {
    // No result type of its own in RFC 8460; the certificate is not to blame.
    return { resultType: 'validation-failure', reason: 'sts-mx-mismatch' };
  }
  if (!evidence.starttls)
    return { resultType: 'starttls-not-supported', reason: 'starttls-not-offered' };
  if (!evidence.tlsVersionOk) return { resultType: 'validation-failure', reason: 'tls-version' };
  return certificateFailure(evidence.certificate);
}

function certificateFailure(verdict: CertificateVerdict | undefined): Failure | undefined {
  switch (verdict) {
    case 'valid':
      return undefined;
    case 'expired':
      return { resultType: 'certificate-expired', reason: 'certificate-expired' };
    case 'not-trusted':
      return { resultType: 'certificate-not-trusted', reason: 'certificate-not-trusted' };
    case 'host-mismatch':
      return { resultType: 'certificate-host-mismatch', reason: 'certificate-host-mismatch' };
    case undefined:
      return { resultType: 'validation-failure', reason: 'certificate-missing' };
  }
}
