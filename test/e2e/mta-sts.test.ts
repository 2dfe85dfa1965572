import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reasonsAgainst } from './available.ts';
import { CASES } from './cases.ts';
import { titleOf } from './world/result-table.ts';
import { printResults } from './world/result-table.ts';
import { matches, planFor, runCases, type StepResult } from './world/run-cases.ts';
import { type Case, expectedOf } from './world/case.ts';
import { POLICY_MAP } from './world/daemon.ts';
import { startWorld, type World } from './world/world.ts';

/** `SEKISHO_E2E_CASES=101,402` plays these cases only. */
const wanted = process.env['SEKISHO_E2E_CASES']?.split(',').map(Number);
const cases = CASES.filter(({ number }) => wanted === undefined || wanted.includes(number));
const reasons = reasonsAgainst();

if (reasons.length > 0) {
  console.warn(`SKIPPED: the closed world cannot be built here: ${reasons.join('; ')}.`);
  for (const each of cases) console.warn(`SKIPPED: ${titleOf(each)}`);
}

describe.skipIf(reasons.length > 0)('a Postfix that asks Sekisho, in the closed world', () => {
  let world: World | undefined;
  let results: ReadonlyMap<Case, readonly StepResult[]> = new Map();

  beforeAll(async () => {
    world = await startWorld(planFor(cases));
    results = await runCases(world, cases);
    printResults(results, world.postfixVersion);
  }, 600_000);

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
