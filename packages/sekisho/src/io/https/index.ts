/** Policy bodies over HTTPS (RFC 8461 §3.3): the port, the real client, and one for tests. */
export { createPolicyClient, type PolicyClientOptions } from './create-policy-client.ts';
export {
  createFakePolicyClient,
  type FakeAnswer,
  type FakePolicyClient,
} from './fake-policy-client.ts';
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
