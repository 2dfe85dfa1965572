import type { ResultType } from '@sekisho/spec';
import type { SeenCertificate } from '../https/index.ts';

/** What a look at one address of an MX host found (RFC 8461 §4.2, §7.2). */
export type ProbeCode =
  | 'ok'
  | 'no-address' // the host has none, or does not exist
  | 'dns-failed'
  | 'no-route' // this machine does not reach that address family: says nothing of the MX
  | 'unreachable'
  | 'timeout'
  | 'protocol' // no or a wrong SMTP greeting or reply
  | 'starttls-not-offered'
  | 'starttls-refused'
  | 'tls-too-old' // nothing from TLS 1.2 on
  | 'tls-failed'
  | 'certificate-expired'
  | 'certificate-not-yet-valid'
  | 'certificate-untrusted'
  | 'certificate-name-mismatch';

export interface MxProbe {
  readonly mxHost: string;
  readonly address?: string;
  readonly code: ProbeCode;
  /** Result type of RFC 8460 §4.3 that a sender would report; absent for `ok` and for what says nothing. */
  readonly resultType?: ResultType;
  /** One line, escaped: the reply, the reason, or TLS version and cipher. */
  readonly detail: string;
  readonly tlsVersion?: string;
  readonly certificate?: SeenCertificate;
  readonly durationMs: number;
}

/** Looks at an MX host as a sender would: each address, port 25, EHLO, STARTTLS, TLS, certificate. */
export interface MxProber {
  /** One result an address, at least one. Never rejects. */
  probe(mxHost: string, options?: { readonly signal?: AbortSignal }): Promise<readonly MxProbe[]>;
}

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
