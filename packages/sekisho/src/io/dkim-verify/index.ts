/** DKIM signatures of received messages (RFC 6376): the port, the one that verifies, and one for tests. */
export { createDkimVerifier, type DkimVerifierOptions } from './create-dkim-verifier.ts';
export { createFakeDkimVerifier, fakeDkimSignature } from './fake-dkim-verifier.ts';
export type { DkimResult, DkimSignature, VerifyDkim } from './verify-dkim.ts';
