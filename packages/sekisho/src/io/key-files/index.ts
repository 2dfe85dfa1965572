/** Keys and certificates on the disk: the port, the real one, one for tests, and what a pair is worth. */
export { createFakeKeyFiles, type FakeKeyFiles } from './fake-key-files.ts';
export { createKeyFiles } from './create-key-files.ts';
export { inspectPair, type PairFault, type PairVerdict } from './inspect-pair.ts';
export type { KeyFiles, PemPair } from './key-files.ts';
export { type OwnPairs, ownPairs, type PairPaths } from './own-pair.ts';
export { releaseSecureContext } from './release-secure-context.ts';
