import { ANSWER_OUTCOMES, type AnswerOutcome } from '../../apply/index.ts';

/** Upper bounds in milliseconds: from replies out of memory to lookups that wait for a deadline. */
const BOUNDS_MS = [0.01, 0.05, 0.1, 0.5, 1, 5, 20, 100, 500, 2000, 10_000];

/**
 * Counts every lookup by answer and duration. A metrics library takes microseconds for what happens here in the path of
 * each lookup, so this one pair of metrics is counted by hand and only its text is made for Prometheus.
 */
export interface LookupStats {
  count(outcome: AnswerOutcome, durationMs: number): void;
  /** Both metrics in Prometheus' text format. */
  render(): string;
}

export function createLookupStats(): LookupStats {
  const answers = new Map<AnswerOutcome, { count: number }>(
    ANSWER_OUTCOMES.map((outcome) => [outcome, { count: 0 }]),
  );
  const buckets = new Float64Array(BOUNDS_MS.length + 1);
  let sumMs = 0;
  return {
    count(outcome, durationMs) {
      const answer = answers.get(outcome);
      if (answer !== undefined) answer.count += 1;
      let bucket = 0;
      while (bucket < BOUNDS_MS.length && durationMs > (BOUNDS_MS[bucket] as number)) bucket += 1;
      buckets[bucket] = (buckets[bucket] as number) + 1;
      sumMs += durationMs;
    },
    render: () => [...renderAnswers(answers), ...renderDurations(buckets, sumMs), ''].join('\n'),
  };
}

function renderAnswers(answers: ReadonlyMap<AnswerOutcome, { readonly count: number }>): string[] {
  const name = 'sekisho_lookups_total';
  const lines = [...answers].map(([outcome, { count }]) => `${name}{answer="${outcome}"} ${count}`);
  return [`# HELP ${name} Socketmap lookups by answer.`, `# TYPE ${name} counter`, ...lines];
}

function renderDurations(buckets: Float64Array, sumMs: number): string[] {
  const name = 'sekisho_lookup_duration_seconds';
  let count = 0;
  const lines = [...buckets].map((inBucket, index) => {
    count += inBucket;
    const bound = BOUNDS_MS[index];
    return `${name}_bucket{le="${bound === undefined ? '+Inf' : bound / 1000}"} ${count}`;
  });
  return [
    `# HELP ${name} From the arrival of a socketmap request to its reply.`,
    `# TYPE ${name} histogram`,
    ...lines,
    `${name}_sum ${sumMs / 1000}`,
    `${name}_count ${count}`,
  ];
}
