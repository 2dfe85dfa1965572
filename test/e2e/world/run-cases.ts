import { setTimeout as delay } from 'node:timers/promises';
import type { PolicyHost } from './addresses.ts';
import { type Case, domainOf, expectedOf, recipientOf, type Site, type Step } from './case.ts';
import { waitFor } from './wait-for.ts';
import { type Observed, observe } from './whereabouts.ts';
import type { World, WorldPlan } from './world.ts';

/** The resolver remembers for a second. */
const DNS_MEMORY_MS = 1200;

/**
 * Retries and the pause before each: together longer than the daemon's slowest look-up and fetch one after
 * the other, so that the last retries find a re-check finished, whatever came of it.
 */
const ROUND_MS = 3500;
const ROUNDS = 4;

/** What one step showed. */
export interface StepResult {
  readonly each: Case;
  readonly step: Step;
  readonly observed: Observed;
}

/** What a world needs to know beforehand to play these cases. */
export function planFor(cases: readonly Case[]): WorldPlan {
  const policyHostsOf = new Map<string, PolicyHost[]>();
  const transports: Record<string, string> = {};
  for (const each of cases) {
    const hosts = each.steps.map(({ site }) => site.policyHost).filter((host) => host !== 'gone');
    policyHostsOf.set(domainOf(each), [...new Set(hosts)]);
    const nextHop = each.transport?.(domainOf(each));
    const recipientDomain = recipientOf(each).split('@')[1] ?? '';
    if (nextHop !== undefined) transports[recipientDomain] = nextHop;
  }
  return { policyHostsOf, transports };
}

/**
 * Plays all cases side by side: every case's first step at once, then every second step, and so on.
 * Before the third the daemon is killed and started anew.
 */
export async function runCases(
  world: World,
  cases: readonly Case[],
): Promise<ReadonlyMap<Case, readonly StepResult[]>> {
  const results = new Map<Case, StepResult[]>(cases.map((each) => [each, []]));
  const sites = new Map<string, Site>();
  const phases = Math.max(0, ...cases.map(({ steps }) => steps.length));
  for (let phase = 0; phase < phases; phase++) {
    if (phase === 2) await world.daemon.killAndStart();
    const acts = cases.flatMap((each) => {
      const step = each.steps[phase];
      return step === undefined ? [] : [createAct(world, each, step, phase)];
    });
    for (const { each, step } of acts) sites.set(domainOf(each), step.site);
    await world.present(sites);
    await delay(DNS_MEMORY_MS);
    for (const result of await playPhase(world, acts)) results.get(result.each)?.push(result);
    forget(
      world,
      acts.filter(({ isFinished }) => isFinished),
    );
  }
  return results;
}

interface Act {
  readonly each: Case;
  readonly step: Step;
  readonly token: string;
  /** The next step does not need this step's message. */
  readonly isFinished: boolean;
  readonly isAsDemanded: (observed: Observed) => boolean;
}

function createAct(world: World, each: Case, step: Step, phase: number): Act {
  const sent = step.sameMessage === true ? phase - 1 : phase;
  const expected = expectedOf(each, step, world.postfixVersion);
  return {
    each,
    step,
    token: `${each.number}-${sent}`,
    isFinished: each.steps[phase + 1]?.sameMessage !== true,
    isAsDemanded: (observed) => matches(expected, observed),
  };
}

/** Whether a message is where it must be. */
export function matches(expected: Step['demanded'], observed: Observed): boolean {
  if (expected.kind === 'delivered') {
    return (
      observed.kind === 'delivered' && observed.to === expected.to && observed.by === expected.by
    );
  }
  return observed.kind === 'deferred' && expected.because.test(observed.because);
}

async function playPhase(world: World, acts: readonly Act[]): Promise<StepResult[]> {
  const fresh = acts.filter(({ step }) => step.sameMessage !== true);
  await world.sender.send(
    fresh.map(({ each, token }) => ({ recipient: recipientOf(each), token })),
  );
  await settle(world, acts);
  const [retried, judged] = partition(acts, ({ step }) => step.retried === true);
  const results = look(world, judged);
  forget(
    world,
    judged.filter(({ isFinished }) => isFinished),
  );
  if (retried.length > 0) await retry(world, retried);
  return [...results, ...look(world, retried)];
}

/** Tries the messages again and again; ends early only when nothing is left that must stay deferred. */
async function retry(world: World, acts: readonly Act[]): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    const mayChange = acts.some(({ step }) => step.demanded.kind === 'deferred');
    const asDemanded = look(world, acts).every(({ observed }, index) =>
      acts[index]?.isAsDemanded(observed),
    );
    if (!mayChange && asDemanded) return;
    await delay(ROUND_MS);
    world.sender.flush();
    await delay(500);
    await settle(world, acts);
  }
}

/** Waits until every message is in a mailbox or deferred; what still is not after a while will be seen as astray. */
async function settle(world: World, acts: readonly Act[]): Promise<void> {
  const isSettled = () => look(world, acts).every(({ observed }) => observed.kind !== 'astray');
  await waitFor('the messages to settle', isSettled, { withinMs: 60_000, everyMs: 250 }).catch(
    () => undefined,
  );
}

function look(world: World, acts: readonly Act[]): StepResult[] {
  const queue = world.sender.queue();
  const mailboxes = world.mailboxes();
  return acts.map(({ each, step, token }) => {
    const copies = mailboxes.filter((received) => received.token === token);
    const queued = queue.find(({ recipient }) => recipient === recipientOf(each));
    return { each, step, observed: observe(copies, queued) };
  });
}

function forget(world: World, acts: readonly Act[]): void {
  const recipients = new Set(acts.map(({ each }) => recipientOf(each)));
  const left = world.sender.queue().filter(({ recipient }) => recipients.has(recipient));
  world.sender.remove(left.map(({ id }) => id));
}

function partition<T>(items: readonly T[], isFirst: (item: T) => boolean): [T[], T[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))];
}
