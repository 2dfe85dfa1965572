import type { Domain } from '@sekisho/spec';
import {
  beginChange,
  type NewVersion,
  nextState,
} from '../../packages/sekisho/src/publish/rollout/change-state.ts';
import type {
  PolicyVersion,
  PublishStore,
} from '../../packages/sekisho/src/publish/store/index.ts';

/** The moves from the beginning of a change to its end. */
export const ALL_MOVES = ['served', 'verified', 'announced', 'confirmed'] as const;

type Moves = readonly (typeof ALL_MOVES)[number][];

/**
 * Puts a policy into a store as the rollout does, without anything that could speak against it, as far as the moves
 * lead, all at one time. Throws where a change is under way already.
 */
export async function publishVersion(
  store: PublishStore,
  domain: Domain,
  version: NewVersion,
  atMs: number,
  moves: Moves = ALL_MOVES,
): Promise<PolicyVersion> {
  const found = await store.getDomain(domain);
  const begun = beginChange(domain, found, await store.listVersions(domain), version, atMs);
  if (begun.kind === 'busy') throw new Error(`${domain} has a change under way`);
  if (!(await store.commitChange(found, begun.commit))) throw new Error(`${domain} has changed`);
  const { added } = begun.commit;
  await moveChange(store, domain, moves, atMs);
  return (await store.getVersion(domain, added.number)) ?? added;
}

/** Carries the domain's change on. Throws where a move does not lead on. */
export async function moveChange(
  store: PublishStore,
  domain: Domain,
  moves: Moves,
  atMs: number,
): Promise<void> {
  for (const kind of moves) {
    const found = await store.getDomain(domain);
    if (found === undefined) throw new Error(`${domain} is not there`);
    const moved = nextState(found, { kind }, atMs);
    const isDone = moved.kind === 'next' && (await store.commitChange(found, moved.commit));
    if (!isDone) throw new Error(`The change of ${domain} cannot be ${kind}`);
  }
}
