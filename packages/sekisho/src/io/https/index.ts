/** Policy bodies over HTTPS (RFC 8461 §3.3): the port, the real client, one for tests, and what others can use of it. */
export { type Attempt, createAttempt } from './attempt.ts';
export { createOpener, type OpenerOptions } from './opener.ts';
export { createPolicyClient, type PolicyClientOptions } from './create-policy-client.ts';
export {
  createFakePolicyClient,
  type FakeAnswer,
  type FakePolicyClient,
} from './fake-policy-client.ts';
export { FetchFault, toPrintable, toSocketFault } from './fetch-fault.ts';
export type {
  FetchFailureCode,
  FetchTrace,
  PolicyClient,
  PolicyFetch,
  SeenCertificate,
} from './policy-client.ts';
export { createTrust, toSeenCertificate } from './handshake.ts';
