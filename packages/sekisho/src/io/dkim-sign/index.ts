/** DKIM signatures for the mail that carries reports (RFC 6376, RFC 8460 §3). */
export { createDkimSigner, type DkimSignerOptions } from './create-dkim-signer.ts';
export type { DkimSigner } from './dkim-signer.ts';
