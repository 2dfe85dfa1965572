import { matchMxTexts } from '@sekisho/spec';
import { escapeText } from '../../io/log/index.ts';
import type { FetchCount, PolicyVersion } from '../store/index.ts';
import {
  countHolders,
  formatInstant,
  heldUntilMs,
  type HolderEffect,
  unmatchedHosts,
  whatHoldersDo,
} from './holders.ts';

/** What a plan is made from. */
export interface MigrationInput {
  /** All of the domain. */
  readonly versions: readonly PolicyVersion[];
  readonly announced: PolicyVersion | undefined;
  /** MX hosts as they are. */
  readonly liveMx: readonly string[];
  /** MX hosts as they are to be. */
  readonly newMx: readonly string[];
  readonly nowMs: number;
  /** Of the TXT record `_mta-sts`. */
  readonly txtTtlSeconds: number;
  /** Of the MX records as they are. */
  readonly mxTtlSeconds: number;
  /** Only to say how many senders are known to hold what is waited for. */
  readonly fetches?: readonly FetchCount[];
}

export interface MigrationStep {
  readonly kind: 'add-patterns' | 'wait-for-holders' | 'move-mx' | 'wait-for-mx' | 'drop-patterns';
  /** Not before. */
  readonly atMs: number;
  /** End of a wait. */
  readonly untilMs?: number;
  /** The policy's mx, or the MX hosts, after the step. */
  readonly mx?: readonly string[];
  /** One sentence, escaped. */
  readonly message: string;
}

/** In which order MX hosts are moved so that no sender refuses mail (RFC 8461 §8.1). */
export interface MigrationPlan {
  /**
   * `nothing-needed`: MX and policy are as they are to be. `already-safe`: the MX records may be changed now.
   * `in-steps`: not before the steps that come first.
   */
  readonly verdict: 'nothing-needed' | 'already-safe' | 'in-steps';
  /** One sentence, escaped. */
  readonly summary: string;
  /** What is wrong already, and until when. Escaped. */
  readonly warnings: readonly string[];
  readonly steps: readonly MigrationStep[];
  /** What holders of each version do with each host, present or to be. */
  readonly holders: readonly HolderEffect[];
}

/** Plans the move; dates are right if each step is done on its date, and later where it is done later. */
export function planMigration(input: MigrationInput): MigrationPlan {
  const { versions, liveMx, newMx, nowMs } = input;
  const steps: MigrationStep[] = [];
  const policy = currentPolicy(input);
  const missing = policy === undefined ? [] : unmatchedHosts(policy.mx, newMx);
  const patterns = [...(policy?.mx ?? []), ...missing];
  if (missing.length > 0) {
    const message = `Publish the policy with mx ${list(patterns)}: ${list(missing)} is not allowed yet.`;
    steps.push({ kind: 'add-patterns', atMs: nowMs, mx: patterns, message });
  }
  const wait = waitForHolders(input, missing.length > 0);
  if (wait !== undefined) steps.push(wait);
  const movesAtMs = wait?.untilMs ?? nowMs;
  const isMoving = !isSame(liveMx, newMx);
  if (isMoving) steps.push(...moveMx(input, movesAtMs));
  const left = patterns.filter((pattern) =>
    newMx.some((host) => matchMxTexts([pattern], host) !== undefined),
  );
  if (left.length < patterns.length) {
    const atMs = movesAtMs + input.mxTtlSeconds * 1000;
    const dropped = patterns.filter((pattern) => !left.includes(pattern));
    const message = `From ${formatInstant(atMs)} on, publish the policy without mx ${list(dropped)}.`;
    steps.push({ kind: 'drop-patterns', atMs, mx: left, message });
  }
  const mxHosts = [...new Set([...liveMx, ...newMx])];
  return {
    ...sumUp(steps, movesAtMs, isMoving),
    warnings: warn(input),
    steps,
    holders: whatHoldersDo({ versions, mxHosts, nowMs }),
  };
}

/** What new senders are given: the version served, else the one announced; mode `none` asks for no MX host. */
function currentPolicy({ versions, announced }: MigrationInput): PolicyVersion | undefined {
  const policy = versions.find((version) => heldUntilMs(version) === Infinity) ?? announced;
  return policy?.mode === 'none' ? undefined : policy;
}

/** Versions that make their holders refuse one of the new hosts, with the end of their time. */
function listBlockers({ versions, newMx, nowMs }: MigrationInput) {
  return versions.flatMap((version) => {
    const refused = unmatchedHosts(version.mx, newMx);
    if (version.mode !== 'enforce' || refused.length === 0) return [];
    const heldMs = heldUntilMs(version);
    // What is served now is replaced by the first step.
    const untilMs =
      heldMs === Infinity ? heldUntilMs({ ...version, servedUntilMs: nowMs }) : heldMs;
    return untilMs > nowMs ? [{ version, refused, untilMs }] : [];
  });
}

function waitForHolders(input: MigrationInput, isAdding: boolean): MigrationStep | undefined {
  const { nowMs, txtTtlSeconds, fetches = [], announced } = input;
  const blockers = listBlockers(input);
  if (blockers.length === 0) return undefined;
  const announcedAtMs = isAdding ? nowMs : (announced?.announcedAtMs ?? nowMs);
  const untilMs = Math.max(
    announcedAtMs + txtTtlSeconds * 1000,
    ...blockers.map((blocker) => blocker.untilMs),
  );
  const names = blockers.map(({ version, untilMs: end }) => {
    const senders = countHolders(version, fetches, nowMs);
    const known =
      senders === 0 ? '' : ` by ${senders} known ${senders === 1 ? 'sender' : 'senders'} at least`;
    return `version ${version.number} may be held${known} until ${formatInstant(end)}`;
  });
  const message = `Wait until ${formatInstant(untilMs)}: ${names.join('; ')}, and refuses a new host (RFC 8461 §8.1).`;
  return { kind: 'wait-for-holders', atMs: nowMs, untilMs, message };
}

function moveMx({ liveMx, newMx, mxTtlSeconds }: MigrationInput, atMs: number): MigrationStep[] {
  const untilMs = atMs + mxTtlSeconds * 1000;
  const gone = liveMx.filter((host) => !newMx.includes(host));
  const move = `From ${formatInstant(atMs)} on, change the MX records to ${list(newMx)}.`;
  const steps: MigrationStep[] = [{ kind: 'move-mx', atMs, mx: newMx, message: move }];
  if (gone.length > 0) {
    const message = `Let ${list(gone)} take mail until ${formatInstant(untilMs)}: the DNS remembers it so long.`;
    steps.push({ kind: 'wait-for-mx', atMs, untilMs, message });
  }
  return steps;
}

function sumUp(
  steps: readonly MigrationStep[],
  movesAtMs: number,
  isMoving: boolean,
): Pick<MigrationPlan, 'verdict' | 'summary'> {
  const [first] = steps;
  if (first === undefined) {
    return { verdict: 'nothing-needed', summary: 'MX records and policy are as they are to be.' };
  }
  const isFirst = first.kind === 'move-mx' || first.kind === 'drop-patterns';
  if (isFirst) {
    const summary = isMoving
      ? 'The MX records may be changed now: every policy that a sender may hold allows the new hosts, or enforces nothing.'
      : 'The MX records are as they are to be; the policy allows more than it needs.';
    return { verdict: 'already-safe', summary };
  }
  const summary = isMoving
    ? `The MX records may be changed on ${formatInstant(movesAtMs)}, after the steps before it.`
    : `The MX records are as they are to be, but not every sender accepts them before ${formatInstant(movesAtMs)}.`;
  return { verdict: 'in-steps', summary };
}

/** Hosts that are live already and refused: the move came before its time. */
function warn({ versions, liveMx, nowMs }: MigrationInput): readonly string[] {
  return whatHoldersDo({ versions, mxHosts: liveMx, nowMs }).flatMap(
    ({ version, untilMs, hosts }) => {
      const refused = hosts.filter(({ does }) => does === 'refuse').map(({ mxHost }) => mxHost);
      if (refused.length === 0) return [];
      const end =
        untilMs === undefined ? 'as long as it is served' : `until ${formatInstant(untilMs)}`;
      const all = refused.length === hosts.length ? ', and knows no other host' : '';
      return [
        `A sender that holds version ${version.number} refuses ${list(refused)}${all}; it may hold it ${end}.`,
      ];
    },
  );
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.every((host) => b.includes(host)) && b.every((host) => a.includes(host));
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.map(escapeText).join(', ');
}
