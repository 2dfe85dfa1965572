/**
 * Whether this is `npm run soak`, where what is long by nature runs in full; `npm test` runs the same tests for a
 * while. The project `soak` of vitest sets it.
 */
export const isSoak = process.env['SEKISHO_TEST_SOAK'] === '1';

/** How often something is done, such as killing: there and here. */
export function chooseCount(counts: { readonly soak: number; readonly test: number }): number {
  return isSoak ? counts.soak : counts.test;
}

/** How often something must have come about that chance decides: a short run proves less, and may see none of it. */
export function leastSeen(inSoak: number): number {
  return isSoak ? inSoak : 0;
}
