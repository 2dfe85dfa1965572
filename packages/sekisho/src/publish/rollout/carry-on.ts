import type { Domain } from '@sekisho/spec';
import type { Change, PolicyVersion, Problem, PublishedDomain } from '../store/index.ts';
import { abandonChange } from './abandon-change.ts';
import { endWaiting, raiseWaiting } from './change-alerts.ts';
import type { ChangeMove } from './change-state.ts';
import { isGivenUp, retryDelayMs } from './retry-schedule.ts';
import { commitMove, recordEvent, type RolloutContext } from './rollout-context.ts';
import { attemptStep, type StepOutcome, type StepProblem } from './steps.ts';

/** Carries a domain's change on, step by step, until one has to wait. The caller holds the domain's lock. */
export async function carryOn(context: RolloutContext, domain: Domain): Promise<void> {
  const { store, clock, signal } = context;
  while (!signal.aborted) {
    const found = await store.getDomain(domain);
    const change = found?.change;
    if (found === undefined || change === undefined || change.nextAttemptAtMs > clock.now()) return;
    const version = await store.getVersion(domain, change.version);
    if (version === undefined) return;
    const outcome = await attemptStep(context, change, version);
    // What was broken off says nothing.
    if (signal.aborted && outcome.kind === 'failed') return;
    const isMoved = await take(context, found, change, version, outcome);
    if (!isMoved) return;
  }
}

/** Writes down how an attempt ended; whether the next step may follow at once. */
async function take(
  context: RolloutContext,
  found: PublishedDomain,
  change: Change,
  version: PolicyVersion,
  outcome: StepOutcome,
): Promise<boolean> {
  switch (outcome.kind) {
    case 'moved': {
      const isMoved = await commitMove(context, found, { kind: outcome.move });
      if (isMoved) await logMove(context, version, outcome.move);
      return isMoved;
    }
    case 'waits':
      await stay(context, found, outcome.problem, outcome.untilMs);
      return false;
    case 'failed':
      await fail(context, found, change, outcome.problem);
      return false;
  }
}

async function fail(
  context: RolloutContext,
  found: PublishedDomain,
  change: Change,
  given: StepProblem,
): Promise<void> {
  const atMs = context.clock.now();
  const problem = { ...given, atMs };
  await logFailure(context, found.domain, change, problem);
  const isOver = isGivenUp(found, change, atMs);
  if (isOver && (await abandonChange(context, found, change, problem, 'sekisho'))) return;
  await stay(context, found, given, atMs + retryDelayMs(change));
}

async function stay(
  context: RolloutContext,
  found: PublishedDomain,
  given: StepProblem,
  nextAttemptAtMs: number,
): Promise<void> {
  const problem = { ...given, atMs: context.clock.now() };
  await commitMove(context, found, { kind: 'failed', problem, nextAttemptAtMs });
}

async function logMove(
  context: RolloutContext,
  { domain, number, id, mode }: PolicyVersion,
  move: ChangeMove['kind'],
): Promise<void> {
  const { log, alerts, observe, servedChanged } = context;
  endWaiting(alerts, domain, move);
  if (move === 'served') servedChanged(domain);
  log.info('a change went on', { domain, version: number, id, reached: move });
  if (move !== 'confirmed') return;
  observe({ kind: 'announced', domain });
  const message = `Every name server shows id ${id}: version ${number}, mode ${mode}, is announced.`;
  await recordEvent(context, domain, { code: 'change-done', message });
}

/** Tells of a failed attempt; of the same failure again only to those who debug. */
async function logFailure(
  context: RolloutContext,
  domain: Domain,
  change: Change,
  problem: Problem,
): Promise<void> {
  const { log, alerts, observe } = context;
  const { version, step } = change;
  const { code, message, remedy } = problem;
  observe({ kind: 'step-failed', domain, step, code });
  raiseWaiting(alerts, domain, change, problem);
  const fields = { domain, version, step, code, message, remedy };
  if (change.problem?.code === code) {
    log.debug('a change still waits', fields);
    return;
  }
  log.warn('a change waits', fields);
  await recordEvent(context, domain, { code: 'change-waits', message: `${step}: ${message}` });
}
