import type { Domain } from '@sekisho/spec';
import { FetchFault } from './fetch-fault.ts';
import type { FetchFailureCode, FetchTrace, PolicyFetch } from './policy-client.ts';

type Failure = Extract<PolicyFetch, { kind: 'failure' }>;

const WEBPKI: ReadonlySet<FetchFailureCode> = new Set([
  'tls-certificate-expired',
  'tls-certificate-not-yet-valid',
  'tls-certificate-not-trusted',
  'tls-certificate-name',
]);

/** RFC 8460 §4.3.2.1: `sts-webpki-invalid` where the policy host could not be authenticated. */
function toResultType(code: FetchFailureCode): Failure['resultType'] {
  return WEBPKI.has(code) ? 'sts-webpki-invalid' : 'sts-policy-fetch-error';
}

/**
 * The failure as the port gives it.
 *
 * @throws whatever is not a `FetchFault`: an error of ours, not of the remote.
 */
export function toFailure(policyDomain: Domain, error: unknown, trace: FetchTrace): Failure {
  if (!(error instanceof FetchFault)) throw error;
  const { code, message, reason } = error;
  return {
    kind: 'failure',
    code,
    resultType: toResultType(code),
    message: `Cannot fetch policy of "${policyDomain}": ${message}`,
    ...(reason !== undefined && { reason }),
    trace,
  };
}
