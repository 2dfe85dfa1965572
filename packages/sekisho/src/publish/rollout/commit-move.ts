import type { PublishedDomain } from '../store/index.ts';
import { type ChangeMove, nextState } from './change-state.ts';
import type { Workshop } from './rollout-options.ts';

/** Carries out a move of the domain's change; false, and nothing is done, where it does not lead on or the domain has changed since it was read. */
export async function commitMove(
  { store, clock }: Pick<Workshop, 'store' | 'clock'>,
  found: PublishedDomain,
  move: ChangeMove,
): Promise<boolean> {
  const moved = nextState(found, move, clock.now());
  return moved.kind === 'next' && store.commitChange(found, moved.commit);
}
