import type { Domain } from '@sekisho/spec';
import type { Change, Problem } from '../store/index.ts';
import { raiseWaiting } from './change-alerts.ts';
import type { Workshop } from './rollout-options.ts';

/** Writes an event into the store. */
export function recordEvent(
  { store, clock }: Workshop,
  domain: Domain,
  event: { readonly code: string; readonly by?: string; readonly message: string },
): Promise<void> {
  return store.recordEvent({ domain, atMs: clock.now(), by: 'sekisho', ...event });
}

/** Tells of a failed attempt; of the same failure again only to those who debug. */
export async function tellFailure(
  workshop: Workshop,
  domain: Domain,
  change: Change,
  problem: Problem,
): Promise<void> {
  const { log, alerts, observe } = workshop;
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
  await recordEvent(workshop, domain, { code: 'change-waits', message: `${step}: ${message}` });
}
