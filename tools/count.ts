/** Counting what passed: a check is one, a test file's tests are as many as vitest reports. */

import { basename } from 'node:path';

/** In characters. */
const LONGEST_REASON = 300;

/** How many checks or tests went which way. */
export interface Count {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function list(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.map(record) : [];
}

/** A test file that could not be loaded has no failed test, yet it failed. */
function countFile(file: Record<string, unknown>): Count {
  const states = list(file['assertionResults']).map(({ status }) => status);
  const failed = states.filter((state) => state === 'failed').length;
  return {
    passed: states.filter((state) => state === 'passed').length,
    failed: failed === 0 && file['status'] === 'failed' ? 1 : failed,
    skipped: states.filter((state) => state !== 'passed' && state !== 'failed').length,
  };
}

/**
 * Counts vitest's JSON report.
 * @param report what the report file holds; anything unreadable counts as nothing.
 * @param processFailed whether vitest itself ended badly: then at least one failure is counted.
 */
export function countTests(report: unknown, processFailed: boolean): Count {
  const total = sumCounts(list(record(report)['testResults']).map(countFile));
  return processFailed && total.failed === 0 ? { ...total, failed: 1 } : total;
}

/**
 * Names what failed in vitest's JSON report, a line each, with the first line of why: the last lines of a long run are
 * often all that is left of it. Empty for anything unreadable.
 */
export function nameFailures(report: unknown): readonly string[] {
  return list(record(report)['testResults']).flatMap((file) => {
    const failed = list(file['assertionResults']).filter(({ status }) => status === 'failed');
    if (failed.length === 0)
      return file['status'] === 'failed' ? [describeFailure(file, '', file['message'])] : [];
    return failed.map(({ fullName, failureMessages }) =>
      describeFailure(file, fullName, Array.isArray(failureMessages) ? failureMessages[0] : ''),
    );
  });
}

function describeFailure(file: Record<string, unknown>, test: unknown, message: unknown): string {
  const place = [basename(text(file['name'])), text(test)]
    .filter((part) => part !== '')
    .join(' > ');
  const [why = ''] = text(message).split('\n');
  return `${place}: ${why.slice(0, LONGEST_REASON)}`;
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Adds up. */
export function sumCounts(counts: readonly Count[]): Count {
  const sum = (key: keyof Count): number => counts.reduce((total, count) => total + count[key], 0);
  return { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') };
}

/** The line that CI reads: `12 passed, 0 failed`, and `, 3 skipped` only if something was. */
export function formatCount({ passed, failed, skipped }: Count): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
