/** The policy host (RFC 8461 §3.2, §3.3): TLS, plain HTTP behind a proxy, http-01, and who fetched what. */
export { askFor } from './host-name.ts';
export type {
  CertificateBook,
  ChallengeBook,
  ObserveFetch,
  PolicyBook,
  ServedPolicy,
} from './books.ts';
export { type CertificateBookOptions, createCertificateBook } from './certificate-book.ts';
export { createChallengeBook, type OpenChallengeBook } from './challenge-book.ts';
export {
  createFetchCounter,
  type FetchCounter,
  type FetchCounterOptions,
} from './fetch-counter.ts';
export { DEFAULT_HOST_LIMITS, type HostLimits } from './host-limits.ts';
export { createPolicyBook, type PolicyBookOptions } from './policy-book.ts';
export {
  createPolicyHost,
  type HostObserver,
  type ListenerKind,
  type ListenTarget,
  type PolicyHost,
  type PolicyHostOptions,
} from './policy-host.ts';
