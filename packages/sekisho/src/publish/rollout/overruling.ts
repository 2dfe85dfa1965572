import type { PolicyVersion } from '../store/index.ts';
import type { Objection, Order } from './rollout.ts';

/** Who orders what the configuration declares. */
export const CONFIGURATION = 'configuration';

/**
 * Whether the configuration asks again for what a person has replaced since: a rollback at night must not be undone by
 * a restart. A declaration that has changed since is another matter.
 *
 * @param versions newest first.
 */
export function judgeOverruling(
  body: string,
  { by }: Pick<Order, 'by'>,
  versions: readonly PolicyVersion[],
): readonly Objection[] {
  if (by !== CONFIGURATION) return [];
  const declared = versions.find(({ createdBy }) => createdBy === CONFIGURATION);
  const [newest] = versions;
  const isOver = newest !== undefined && newest.createdBy !== CONFIGURATION;
  if (!isOver || declared?.body !== body) return [];
  const message = `The configuration asks for version ${declared.number} again, which ${newest.createdBy} has replaced by version ${newest.number} since.`;
  const remedy =
    'Bring the configuration up to date, or order its policy by "sekisho publish set".';
  return [{ code: 'overruled', message, remedy, canOverride: true }];
}
