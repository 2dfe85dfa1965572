/** Certificate authorities that speak ACME (RFC 8555, RFC 8737, RFC 9773): the port, the real client, and one for tests. */
export type {
  AcmeAccount,
  AcmeAuthorization,
  AcmeClient,
  AcmeFailure,
  AcmeFailureCode,
  AcmeOrder,
  AcmeResult,
  ChallengeKind,
} from './acme-client.ts';
export { certificateId } from './certificate-der.ts';
export { createCertificateRequest } from './certificate-der.ts';
export { createChallengeCertificate } from './certificate-der.ts';
export { type ChallengeVisitor, createChallengeVisitor, type Visit } from './challenge-visitor.ts';
export { type AcmeClientOptions, createAcmeClient } from './create-acme-client.ts';
export { createFakeAcmeClient, type FakeAcmeClient } from './fake-acme-client.ts';
export { readRetryAfter } from './problem.ts';
