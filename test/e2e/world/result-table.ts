import { type Case, expectedOf, formatOutcome } from './case.ts';
import { matches, type StepResult } from './run-cases.ts';
import { formatTable } from './table.ts';
import type { Observed } from './whereabouts.ts';

/** The title of a case: number, what happens, mode, clause and requirements. */
export function titleOf({ number, name, what, mode, clause, ids }: Case): string {
  return `${number}-${name}: ${what}; ${mode} (RFC 8461 ${clause}; ${ids.join(', ')})`;
}

/** Prints every step of every case, what the RFC demands and what was seen, then why Postfix deviates. */
export function printResults(
  results: ReadonlyMap<Case, readonly StepResult[]>,
  postfixVersion: string,
): void {
  const rows = [...results.values()].flat().map((result) => row(result, postfixVersion));
  const head = ['case', 'mode', 'step', 'demanded', 'observed', ''];
  const deviations = [...results.keys()].filter((each) => deviates(each, postfixVersion));
  const notes = deviations.map(({ number, deviation }) => `${number}: ${deviation?.why ?? ''}`);
  console.log([`Postfix ${postfixVersion}`, ...formatTable(head, rows), ...notes].join('\n'));
}

function deviates(each: Case, postfixVersion: string): boolean {
  return each.steps.some((step) => expectedOf(each, step, postfixVersion) !== step.demanded);
}

function row({ each, step, observed }: StepResult, postfixVersion: string): string[] {
  const expected = expectedOf(each, step, postfixVersion);
  const verdict = matches(expected, observed) ? 'ok' : 'WRONG';
  const isDeviation = expected !== step.demanded;
  return [
    `${each.number}-${each.name}`,
    each.mode,
    step.when,
    formatOutcome(step.demanded),
    formatObserved(observed),
    isDeviation ? `${verdict}: known deviation of this Postfix` : verdict,
  ];
}

function formatObserved(observed: Observed): string {
  return observed.kind === 'delivered'
    ? formatOutcome(observed)
    : `${observed.kind}: ${observed.because.slice(0, 70)}`;
}
