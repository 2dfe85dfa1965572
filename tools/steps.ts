/** Running steps one after the other, each counted, and naming at the end what failed. */
import { readFileSync, rmSync } from 'node:fs';
import { countTests, type Count, formatCount, nameFailures, sumCounts } from './count.ts';
import { runProcess } from './run-process.ts';

/** A command that counts as one, or the tests that it reports. */
export interface Step {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  readonly limitMinutes: number;
  /** Where the command leaves vitest's JSON report; without it the step itself counts as one. */
  readonly report?: string;
}

interface Outcome {
  readonly count: Count;
  readonly failures: readonly string[];
}

const cache = 'node_modules/.cache/sekisho';

/** A step that passes or fails as a whole, in five minutes. */
export function check(name: string, ...command: readonly [string, ...string[]]): Step {
  return { name, command, limitMinutes: 5 };
}

/** Projects of vitest, whose tests are counted one by one. */
export function tests(limitMinutes: number, ...projects: readonly string[]): Step {
  const name = projects.join(' and ');
  const report = `${cache}/${projects.join('-')}.json`;
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const selection = projects.flatMap((project) => ['--project', project]);
  return { name, command: ['vitest', 'run', ...selection, ...reporters], limitMinutes, report };
}

function readReport(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined; // a crash before the report was written: the exit code tells
  }
}

async function runStep(
  { name, command, limitMinutes, report }: Step,
  leftMs: number,
): Promise<Outcome> {
  process.stdout.write(`\n── ${name}\n`);
  if (report !== undefined) rmSync(report, { force: true });
  const { problems } = await runProcess(command, Math.min(limitMinutes * 60_000, leftMs));
  for (const problem of problems) process.stdout.write(`${name}: ${problem}\n`);
  const failed = problems.length > 0;
  if (report === undefined)
    return {
      count: { passed: failed ? 0 : 1, failed: failed ? 1 : 0, skipped: 0 },
      failures: problems,
    };
  const read = readReport(report);
  const failures = failed ? [...nameFailures(read), ...problems] : [];
  return { count: countTests(read, failed), failures };
}

/**
 * Runs the steps, whatever becomes of each, and sets the exit code: 1 unless all passed. However the process ends, its
 * last line is `N passed, N failed` (and `, N skipped` where something was); steps that were not reached count as one
 * failure.
 */
export async function runSteps(steps: readonly Step[], limitMinutes: number): Promise<void> {
  const counts: Count[] = [];
  const lines: string[] = [];
  const startedAt = performance.now();
  process.on('exit', (code) => {
    const finished = counts.length === steps.length;
    if (!finished) counts.push({ passed: 0, failed: 1, skipped: 0 });
    const total = sumCounts(counts);
    process.exitCode = code !== 0 || total.failed > 0 ? 1 : 0;
    const note = finished ? '' : 'The run did not reach its end.\n';
    process.stdout.write(`\n${lines.join('\n')}\n${note}${formatCount(total)}\n`);
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => process.exit(1));

  for (const step of steps) {
    const stepStartedAt = performance.now();
    const leftMs = limitMinutes * 60_000 - (stepStartedAt - startedAt);
    const { count, failures } = await runStep(step, leftMs);
    const seconds = ((performance.now() - stepStartedAt) / 1000).toFixed(1);
    counts.push(count);
    lines.push(
      `${step.name.padEnd(16)}${seconds.padStart(7)} s   ${formatCount(count)}`,
      ...failures.map((failure) => `  FAILED ${failure}`),
    );
  }
}
