import { type Transport, TRANSPORTS } from '../harness/endpoint.ts';
import type { ColdRound } from '../measure/cold.ts';
import { median } from '../measure/median.ts';
import { figure, ratio } from '../measure/point.ts';
import type { Results } from '../measure/results.ts';
import { type Claim, inform } from './claim.ts';
import { judgeCollect } from './collect-claims.ts';
import { judgeIntake } from './intake-claims.ts';
import { formatNumber, formatRatio } from './numbers.ts';
import { judgePublish } from './publish-claims.ts';
import { pointOf, pointsAt } from './warm-table.ts';

const JUDGED_CONNECTIONS = 64;

function atLeast(what: string, value: number, least: number, format = formatRatio): Claim {
  return { what, value: format(value), wanted: `≥ ${format(least)}`, isMet: value >= least };
}

function below(what: string, value: number, limit: number, unit: string): Claim {
  const format = (each: number): string => `${formatNumber(each)}${unit}`;
  return { what, value: format(value), wanted: `< ${format(limit)}`, isMet: value < limit };
}

const TITLES: Readonly<Record<Transport, string>> = { tcp: 'TCP', unix: 'Unix' };

function judgeWarm({ warm }: Results, transport: Transport): readonly Claim[] {
  if (warm === undefined) return [];
  const points = pointsAt(warm, transport, JUDGED_CONNECTIONS);
  const sekisho = pointOf(points, 'sekisho');
  if (sekisho === undefined) return [];
  const compare = (
    other: 'node' | 'sqlite' | 'memory',
    name: string,
    least: number,
  ): readonly Claim[] => {
    const point = pointOf(points, other);
    if (point === undefined) return [];
    const what = `warm, ${TITLES[transport]}, 64 connections: lookups/s over ${name}`;
    return [atLeast(what, ratio(sekisho, point, 'perSecond'), least)];
  };
  const spread = figure(sekisho, 'p99Us') / figure(sekisho, 'p50Us');
  const title = `warm, ${TITLES[transport]}, 64 connections`;
  return [
    ...compare('node', 'bare Node', 0.8),
    ...compare('sqlite', 'the resolver, SQLite', 15),
    ...compare('memory', 'the resolver, memory', 1.5),
    below(`${title}: p99 over p50`, spread, 3, ''),
  ];
}

function judgeScale({ scale = [] }: Results, transport: Transport): readonly Claim[] {
  const title = `warm, ${TITLES[transport]}, 64 connections`;
  const [least] = scale;
  const most = scale.at(-1);
  if (least === undefined || most === undefined) return [];
  const rows = scale.map(({ policies, points }) =>
    inform(
      `${title}: CPU a lookup with ${policies.toLocaleString('en-GB')} policies`,
      `${formatNumber(figure(points[transport], 'cpuUs'))} µs`,
    ),
  );
  const growth = ratio(most.points[transport], least.points[transport], 'cpuUs');
  const claim: Claim = {
    what: `${title}: CPU with the most policies over that with the fewest`,
    value: formatRatio(growth),
    wanted: `≤ ${formatRatio(1.25)}`,
    isMet: growth <= 1.25,
  };
  return [...rows, claim];
}

function judgeCold({ cold = [] }: Results): readonly Claim[] {
  if (cold.length === 0) return [];
  const [first] = cold;
  const of = (read: (round: ColdRound) => number): number => median(cold.map(read));
  const ms = (value: number): string => `${formatNumber(value)} ms`;
  const title = `cold, ${(first?.requests ?? 0).toLocaleString('en-GB')} domains, 64 connections`;
  const bare = `${title}: bare Node client,`;
  const latency = [of((round) => round.p50Us), of((round) => round.p99Us)];
  return [
    atLeast(
      `${title}: lookups/s`,
      of((round) => round.perSecond),
      450,
      formatNumber,
    ),
    inform(`${bare} lookups/s`, formatNumber(of(({ bare: its }) => its.perSecond))),
    inform(`${title}: CPU a lookup`, ms(of((round) => round.cpuMs))),
    inform(`${bare} CPU a lookup`, ms(of(({ bare: its }) => its.cpuMs))),
    inform(`${title}: p50, p99`, latency.map((us) => ms(us / 1000)).join(', ')),
  ];
}

function judgeMemory({ rss = [] }: Results): readonly Claim[] {
  return rss.map(({ policies, rssMb }) => {
    const what = `RSS with ${policies.toLocaleString('en-GB')} policies, all asked for`;
    return policies === 100_000
      ? below(what, rssMb, 150, ' MB')
      : inform(what, `${formatNumber(rssMb)} MB`);
  });
}

function judgeReady({ ready }: Results): readonly Claim[] {
  if (ready === undefined) return [];
  const seconds = median(ready.triesMs) / 1000;
  const format = (each: number): string => `${each.toFixed(2)} s`;
  return [
    {
      what: 'time to the first right answer with 100,000 policies',
      value: format(seconds),
      wanted: `< ${format(2)}`,
      isMet: seconds < 2,
    },
  ];
}

function judgePause({ pause }: Results): readonly Claim[] {
  if (pause === undefined) return [];
  const ms = (us: number): string => `${formatNumber(us / 1000)} ms`;
  const title = 'longest lookup, one asked every ms, while 2,000 policies are refreshed';
  return [
    below(title, pause.maxUs / 1000, 20, ' ms'),
    inform('the same of bare C, on the same core at the same time', ms(pause.bareMaxUs)),
    inform('the same before anything is refreshed', ms(pause.idleMaxUs)),
  ];
}

/** Every figure that something is wanted of, and those that explain it. */
export function judge(results: Results): readonly Claim[] {
  return [
    ...TRANSPORTS.flatMap((transport) => judgeWarm(results, transport)),
    ...TRANSPORTS.flatMap((transport) => judgeScale(results, transport)),
    ...judgeCold(results),
    ...judgeMemory(results),
    ...judgeReady(results),
    ...judgePause(results),
    ...judgePublish(results.publish),
    ...judgeCollect(results.collect),
    ...judgeIntake(results.intake),
  ];
}
