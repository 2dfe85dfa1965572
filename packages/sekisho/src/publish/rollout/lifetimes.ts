import type { PolicyVersion, PublishedDomain } from '../store/index.ts';
import { heldUntilMs } from '../migration/index.ts';

/**
 * From when records and host may go: no sender holds any more what was served before the `none` that is served now
 * (RFC 8461 §8.3). `Infinity` while a policy of another mode is served, `-Infinity` when none ever was.
 */
export function mayGoAtMs(
  { served }: Pick<PublishedDomain, 'served'>,
  versions: readonly PolicyVersion[],
): number {
  const counted = versions.filter(({ number, mode }) => number !== served || mode !== 'none');
  return Math.max(Number.NEGATIVE_INFINITY, ...counted.map(heldUntilMs));
}
