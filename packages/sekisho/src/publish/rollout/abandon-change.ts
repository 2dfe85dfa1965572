import { stsRecordName } from '@sekisho/spec';
import { judgeLookup } from '../../io/authorities/index.ts';
import type { Change, Problem, PublishedDomain } from '../store/index.ts';
import { removeRecord, replaceRecord } from './announce-id.ts';
import { raiseAbandoned } from './change-alerts.ts';
import { recordEvent } from './chronicle.ts';
import { announcedId } from './confirm-id.ts';
import type { Workshop } from './rollout-options.ts';

/**
 * Gives a change up, and the former policy is given out again. At step `announce` only once it is certain that no
 * server shows the new id, since an update may have been carried out whose answer was lost.
 *
 * @returns false, and the change stays, when the id may be out.
 */
export async function abandonChange(
  workshop: Workshop,
  found: PublishedDomain,
  change: Change,
  problem: Problem,
  by: string,
): Promise<boolean> {
  const { store, clock, log, alerts, observe, servedChanged } = workshop;
  const { domain } = found;
  if (change.step === 'confirm') return false;
  if (change.step === 'announce' && !(await takeIdBack(workshop, found, change))) return false;
  const { version } = change;
  const isDone = await store.moveChange(
    domain,
    version,
    { kind: 'abandoned', problem },
    clock.now(),
  );
  if (!isDone) return false;
  servedChanged(domain);
  observe({ kind: 'abandoned', domain });
  // Who gives a change up need not be told of it.
  raiseAbandoned(alerts, domain, problem, by === 'sekisho' ? version : undefined);
  const { code, message } = problem;
  log.error('a change was given up; the former policy stays', { domain, version, code, message });
  await recordEvent(workshop, domain, { code: 'change-abandoned', by, message });
  return true;
}

/** Puts the former record back, and looks whether any server shows the new one. */
async function takeIdBack(
  workshop: Workshop,
  { domain, announced }: PublishedDomain,
  change: Change,
): Promise<boolean> {
  const { store, authorities, signal } = workshop;
  const former = change.supersedes?.version ?? announced;
  const [mine, before] = await Promise.all([
    store.getVersion(domain, change.version),
    former === undefined ? undefined : store.getVersion(domain, former),
  ]);
  if (mine === undefined) return false;
  const undone = before
    ? await replaceRecord(workshop, before)
    : await removeRecord(workshop, domain, mine.id);
  // No answer: the zone may hold the new id and show it later.
  if (undone.kind === 'failed') return false;
  const lookup = await authorities.lookupTxt(stsRecordName(domain), { signal });
  if (lookup.kind === 'failure') return false;
  const isNotMine = ({ records }: { readonly records: readonly string[] }) =>
    announcedId(records) !== mine.id;
  return judgeLookup(lookup.answers, isNotMine).kind === 'shown';
}
