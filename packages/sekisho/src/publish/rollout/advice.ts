import type { Change, PolicyVersion, PublishedDomain } from '../store/index.ts';
import type { Gate } from '../gates/gate.ts';

/** What advice is given from. */
export interface Situation {
  readonly domain: PublishedDomain;
  readonly announced: PolicyVersion | undefined;
  readonly gates: readonly Gate[];
  /** When records and host may go; `Infinity` unless the domain is leaving. */
  readonly goesAtMs: number;
  readonly nowMs: number;
}

const TWO_WEEKS_SECONDS = 14 * 86_400;

/** What to do or know next, one sentence each; the most pressing first. */
export function adviseOn(situation: Situation): readonly string[] {
  const { domain } = situation;
  return [
    ...(domain.change ? adviseOnChange(domain.change) : []),
    ...adviseOnFailure(situation),
    ...(domain.leavingSinceMs === undefined ? adviseOnMode(situation) : adviseOnLeaving(situation)),
  ];
}

function adviseOnChange({ version, step, problem, nextAttemptAtMs }: Change): readonly string[] {
  if (problem === undefined) return [`Version ${version} is on its way, at step ${step}.`];
  const next = new Date(nextAttemptAtMs).toISOString();
  return [
    `Version ${version} waits at step ${step}: ${sentence(problem.message)} It is tried again at ${next}.`,
    problem.remedy,
  ];
}

function adviseOnFailure({ domain }: Situation): readonly string[] {
  const { lastFailure, change } = domain;
  if (lastFailure === undefined || change !== undefined) return [];
  return [
    `Version ${lastFailure.version} was given up: ${sentence(lastFailure.message)}`,
    lastFailure.remedy,
  ];
}

function adviseOnMode({ announced, gates }: Situation): readonly string[] {
  switch (announced?.mode) {
    case undefined:
      return ['No policy is announced yet.'];
    case 'testing':
      return gates.some(({ state }) => state === 'shut')
        ? gates.flatMap(({ state, remedy }) => (state === 'shut' && remedy ? [remedy] : []))
        : ['Every gate is open: the policy may be set to enforce.'];
    case 'enforce':
      return announced.maxAgeSeconds < TWO_WEEKS_SECONDS
        ? [`max_age is ${announced.maxAgeSeconds}; weeks protect better (RFC 8461 §10.2).`]
        : [];
    case 'none':
      return ['Mode none is announced; order "leave" to learn when records and host may go.'];
  }
}

function adviseOnLeaving({ goesAtMs, nowMs }: Situation): readonly string[] {
  if (goesAtMs <= nowMs) return ['Records and host may go now: order "remove" (RFC 8461 §8.3).'];
  return Number.isFinite(goesAtMs)
    ? [`Records and host must stay until ${new Date(goesAtMs).toISOString()} (RFC 8461 §8.3).`]
    : [];
}

function sentence(text: string): string {
  return text.endsWith('.') ? text : `${text}.`;
}
