import type { ConfigProblem } from './config-error.ts';
import type { Settings } from './schema.ts';

/** Settings that make sense only together. */
export function findContradictions({ dns, policies }: Settings): readonly ConfigProblem[] {
  const pairs = [
    {
      low: ['policies.negativeMinSeconds', policies.negativeMinSeconds],
      high: ['policies.negativeMaxSeconds', policies.negativeMaxSeconds],
    },
    { low: ['dns.timeoutMs', dns.timeoutMs], high: ['dns.deadlineMs', dns.deadlineMs] },
  ] as const;
  return pairs
    .filter(({ low, high }) => low[1] > high[1])
    .map(({ low, high }) => ({
      where: low[0],
      message: `given is ${String(low[1])}, allowed is at most ${high[0]}, which is ${String(high[1])}`,
    }));
}
