import type { Domain } from '@sekisho/spec';
import type { Change, ChangeMove, PolicyVersion, PublishedDomain } from '../store/index.ts';
import { abandonChange } from './abandon-change.ts';
import { announceId } from './announce-id.ts';
import { endWaiting } from './change-alerts.ts';
import { recordEvent, tellFailure } from './chronicle.ts';
import { confirmId } from './confirm-id.ts';
import { isGivenUp, retryDelayMs } from './patience.ts';
import type { Workshop } from './rollout-options.ts';
import type { Mishap, StepOutcome } from './step-outcome.ts';
import { verifyServed } from './verify-served.ts';

/** Carries a domain's change on, step by step, until one has to wait. The caller holds the domain's lock. */
export async function carryOn(workshop: Workshop, domain: Domain): Promise<void> {
  const { store, clock, signal } = workshop;
  while (!signal.aborted) {
    const found = await store.getDomain(domain);
    const change = found?.change;
    if (found === undefined || change === undefined || change.nextAttemptAtMs > clock.now()) return;
    const version = await store.getVersion(domain, change.version);
    if (version === undefined) return;
    const outcome = await attempt(workshop, change, version);
    // What was broken off says nothing.
    if (signal.aborted && outcome.kind === 'failed') return;
    const isMoved = await take(workshop, found, change, version, outcome);
    if (!isMoved) return;
  }
}

async function attempt(
  workshop: Workshop,
  change: Change,
  version: PolicyVersion,
): Promise<StepOutcome> {
  switch (change.step) {
    case 'serve':
      return { kind: 'moved', move: 'served' };
    case 'verify':
      return verifyServed(workshop, change, version);
    case 'announce':
      return announceId(workshop, version);
    case 'confirm':
      return confirmId(workshop, change, version);
  }
}

/** Writes down how an attempt ended; whether the next step may follow at once. */
async function take(
  workshop: Workshop,
  found: PublishedDomain,
  change: Change,
  version: PolicyVersion,
  outcome: StepOutcome,
): Promise<boolean> {
  const { store, clock } = workshop;
  const { domain } = found;
  switch (outcome.kind) {
    case 'moved': {
      const move = { kind: outcome.move };
      const isMoved = await store.moveChange(domain, version.number, move, clock.now());
      if (isMoved) await tellMove(workshop, version, outcome.move);
      return isMoved;
    }
    case 'waits':
      await stay(workshop, domain, change, outcome.mishap, outcome.untilMs);
      return false;
    case 'failed':
      await fail(workshop, found, change, outcome.mishap);
      return false;
  }
}

async function fail(
  workshop: Workshop,
  found: PublishedDomain,
  change: Change,
  mishap: Mishap,
): Promise<void> {
  const atMs = workshop.clock.now();
  const problem = { ...mishap, atMs };
  await tellFailure(workshop, found.domain, change, problem);
  const isOver = isGivenUp(found, change, atMs);
  if (isOver && (await abandonChange(workshop, found, change, problem, 'sekisho'))) return;
  await stay(workshop, found.domain, change, mishap, atMs + retryDelayMs(change));
}

async function stay(
  { store, clock }: Workshop,
  domain: Domain,
  { version }: Change,
  mishap: Mishap,
  nextAttemptAtMs: number,
): Promise<void> {
  const atMs = clock.now();
  const problem = { ...mishap, atMs };
  await store.moveChange(domain, version, { kind: 'failed', problem, nextAttemptAtMs }, atMs);
}

async function tellMove(
  workshop: Workshop,
  { domain, number, id, mode }: PolicyVersion,
  move: ChangeMove['kind'],
): Promise<void> {
  const { log, alerts, observe, servedChanged } = workshop;
  endWaiting(alerts, domain, move);
  if (move === 'served') servedChanged(domain);
  log.info('a change went on', { domain, version: number, id, reached: move });
  if (move !== 'confirmed') return;
  observe({ kind: 'announced', domain });
  const message = `Every name server shows id ${id}: version ${number}, mode ${mode}, is announced.`;
  await recordEvent(workshop, domain, { code: 'change-done', message });
}
