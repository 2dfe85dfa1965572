import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isSoak } from '../scale.ts';
import { reasonsAgainst } from './available.ts';
import { CASES } from './cases.ts';
import { chooseOtherDebian, provideDebianRoot } from './world/debian-root.ts';
import type { PostfixPrograms } from './world/postfix.ts';
import { printResults, titleOf } from './world/result-table.ts';
import { matches, planFor, runCases, type StepResult } from './world/run-cases.ts';
import { type Case, expectedOf } from './world/case.ts';
import { POLICY_MAP } from './world/daemon.ts';
import { startWorld, type World } from './world/world.ts';

/** `SEKISHO_E2E_CASES=101,402` plays these cases only. */
const wanted = process.env['SEKISHO_E2E_CASES']?.split(',').map(Number);
const cases = CASES.filter(({ number }) => wanted === undefined || wanted.includes(number));
const reasons = reasonsAgainst(isSoak ? { debootstrap: 'debootstrap' } : {});

if (reasons.length > 0) {
  console.warn(`SKIPPED: the closed world cannot be built here: ${reasons.join('; ')}.`);
  for (const each of cases) console.warn(`SKIPPED: ${titleOf(each)}`);
}

/** Undefined: this machine's. `npm run soak` plays the same cases with that of another Debian. */
function providePostfix(): PostfixPrograms | undefined {
  return isSoak ? provideDebianRoot(chooseOtherDebian()) : undefined;
}

describe.skipIf(reasons.length > 0)('a Postfix that asks Sekisho, in the closed world', () => {
  let world: World | undefined;
  let results: ReadonlyMap<Case, readonly StepResult[]> = new Map();
  let isOffline = false;

  beforeAll(async () => {
    const postfix = providePostfix();
    isOffline = isSoak && postfix === undefined;
    if (isOffline) {
      console.warn('SKIPPED: no mirror has the Postfix of another Debian.');
      return;
    }
    world = await startWorld({ ...planFor(cases), ...(postfix === undefined ? {} : { postfix }) });
    results = await runCases(world, cases);
    printResults(results, world.postfixVersion);
  }, 900_000);

  beforeEach(({ skip }) => skip(isOffline, 'no mirror has the Postfix of another Debian'));

  afterAll(async () => {
    if (process.env['SEKISHO_E2E_KEEP'] === '1') {
      console.warn(
        `The world is kept: ${world?.folder}, ip netns exec ${world?.network.sender.name} …`,
      );
    } else await world?.tearDown();
  }, 60_000);

  it.skipIf(wanted !== undefined && !wanted.includes(201))('postmap asks as Postfix does', () => {
    const asked = world?.network.sender.tryRun(['postmap', '-q', 'c201.lab.test', POLICY_MAP]);
    expect(asked?.stdout).toMatch(/^secure match=good\.mx\.test servername=hostname protocols=\S+/);
  });

  it.each(cases.map((each) => ({ title: titleOf(each), each })))('$title', ({ each }) => {
    const steps = results.get(each) ?? [];
    expect(steps).toHaveLength(each.steps.length);
    for (const { step, observed } of steps) {
      const expected = expectedOf(each, step, world?.postfixVersion ?? '0');
      const seen = { when: step.when, observed, asExpected: matches(expected, observed) };
      expect(seen).toEqual({ when: step.when, observed, asExpected: true });
    }
  });
});
