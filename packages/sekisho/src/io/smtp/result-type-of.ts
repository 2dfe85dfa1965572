import type { ResultType } from '@sekisho/spec';
import type { ProbeCode } from './mx-prober.ts';

const RESULT_TYPES: Partial<Readonly<Record<ProbeCode, ResultType>>> = {
  'starttls-not-offered': 'starttls-not-supported',
  'starttls-refused': 'starttls-not-supported',
  'tls-too-old': 'validation-failure',
  'tls-failed': 'validation-failure',
  'certificate-expired': 'certificate-expired',
  'certificate-not-yet-valid': 'validation-failure',
  'certificate-untrusted': 'certificate-not-trusted',
  'certificate-name-mismatch': 'certificate-host-mismatch',
};

/** What a sender would report (RFC 8460 §4.3); undefined where it came to no TLS session to judge. */
export function resultTypeOf(code: ProbeCode): ResultType | undefined {
  return RESULT_TYPES[code];
}
