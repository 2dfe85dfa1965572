/** Policy bodies over HTTPS (RFC 8461 §3.3): the port, the real client, one for tests, and what others can use of it. */
export { type Attempt, createAttempt } from './attempt.ts';
export { createOpener, type OpenerOptions } from './create-opener.ts';
export { createPolicyClient, type PolicyClientOptions } from './create-policy-client.ts';
export {
  createFakePolicyClient,
  type FakeAnswer,
  type FakePolicyClient,
} from './fake-policy-client.ts';
export { FetchFault } from './fetch-fault.ts';
export type {
  FetchFailureCode,
  FetchTrace,
  PolicyClient,
  PolicyFetch,
  SeenCertificate,
} from './policy-client.ts';
export { toPrintable } from './printable.ts';
export { toSeenCertificate } from './seen-certificate.ts';
export { toSocketFault } from './socket-fault.ts';
export { createTrust } from './trust.ts';
