import { availableParallelism, cpus, release } from 'node:os';
import { isPinned } from '../harness/cores.ts';
import { median } from '../measure/median.ts';
import { isDisturbed } from '../measure/point.ts';
import type { Results } from '../measure/results.ts';
import { describePeer } from '../subjects/peer.ts';

function describeNoise({ warm, scale = [] }: Results): readonly string[] {
  const points = [
    ...(warm?.points ?? []),
    ...scale.flatMap((each) => [each.points.tcp, each.points.unix]),
  ];
  const rounds = points.flatMap((point) => point.rounds);
  if (rounds.length === 0) return [];
  const disturbed = rounds.filter(isDisturbed).length;
  const percent = Math.round(median(rounds.map(({ othersShare }) => othersShare)) * 100);
  const advice = disturbed > rounds.length / 3 ? ' BUSY MACHINE: trust only the CPU times.' : '';
  return [
    `Other work took ${String(percent)} % of the servers' core (median), and more than 10 % of it in ` +
      `${String(disturbed)} of ${String(rounds.length)} rounds.${advice}`,
  ];
}

/** On what, and how, the figures were taken. */
export function describeRun(rounds: number, results: Results): readonly string[] {
  const cores = `${String(availableParallelism())} × ${cpus()[0]?.model.trim() ?? 'unknown CPU'}`;
  const peer = describePeer();
  return [
    `Node ${process.version}, Linux ${release().replace(/-.*/, '')}, ${cores}`,
    isPinned
      ? 'Servers on core 0, load and closed world on core 1.'
      : 'Servers and load share all cores: taskset is missing, or there is one core.',
    `Medians of ${String(rounds)} interleaved round${rounds === 1 ? '' : 's'} of one second.`,
    ...(peer === undefined ? [] : [`Resolver: ${peer}.`]),
    ...describeNoise(results),
  ];
}
