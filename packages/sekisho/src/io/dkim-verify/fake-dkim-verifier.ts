import type { DkimSignature, VerifyDkim } from './verify-dkim.ts';

/** A signature as a test wants it: a good one of `example.net`. */
export function fakeDkimSignature(details: Partial<DkimSignature> = {}): DkimSignature {
  return {
    domain: 'example.net',
    selector: 's1',
    result: 'pass',
    keyService: '*',
    hasLengthTag: false,
    signedHeaders: ['from', 'to', 'subject', 'date'],
    comment: '',
    ...details,
  };
}

/** A verifier that finds the same signatures on every message, for tests. */
export function createFakeDkimVerifier(signatures: readonly DkimSignature[] = []): VerifyDkim {
  return async () => signatures;
}
