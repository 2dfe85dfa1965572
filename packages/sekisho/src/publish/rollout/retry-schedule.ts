import type { Change, ChangeStep, PublishedDomain } from '../store/index.ts';
import { canBeAbandoned } from './change-state.ts';

const FIRST_DELAY_MS = 5_000;
const LONGEST_DELAY_MS: Readonly<Record<ChangeStep, number>> = {
  serve: 60_000,
  verify: 300_000,
  announce: 900_000,
  // People who enter the record by hand wait for this.
  confirm: 60_000,
};
const GIVE_UP_AFTER_MS = 86_400_000;
const SILENCE_LIMIT_MS = 3_600_000;

/** How long to wait after a failed attempt: 5 seconds, then twice as long each time, up to 1, 5 or 15 minutes by step. */
export function retryDelayMs({ step, attempts }: Pick<Change, 'step' | 'attempts'>): number {
  return Math.min(FIRST_DELAY_MS * 2 ** Math.min(attempts, 20), LONGEST_DELAY_MS[step]);
}

/**
 * Whether a change has failed long enough to go back to the policy that works: for a day at one step.
 * Never for a domain without one: its certificate and DNS may take as long as people do. Never once the id is out.
 */
export function isGivenUp({ announced }: PublishedDomain, change: Change, nowMs: number): boolean {
  const hasFormer = announced !== undefined || change.supersedes !== undefined;
  return hasFormer && canBeAbandoned(change) && nowMs - change.stepSinceMs >= GIVE_UP_AFTER_MS;
}

/** Whether servers that have been silent since the id was sent are taken as out of use: after an hour. */
export function isSilenceOver(change: Change, nowMs: number): boolean {
  return nowMs - change.stepSinceMs >= SILENCE_LIMIT_MS;
}
