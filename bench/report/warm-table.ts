import { figure, type Point, ratio } from '../measure/point.ts';
import { CONNECTIONS, type WarmResult } from '../measure/warm.ts';
import { type Transport, TRANSPORTS } from '../harness/endpoint.ts';
import { SUBJECT_NAMES } from '../subjects/subject.ts';
import { formatNumber, formatRatio } from './numbers.ts';
import { type Column, formatTable } from './table.ts';

const TITLES: Readonly<Record<Transport, string>> = { tcp: 'TCP', unix: 'Unix' };

const COLUMNS: readonly Column[] = [
  { title: 'socket', align: 'left' },
  { title: 'conns', align: 'right' },
  { title: 'server', align: 'left' },
  { title: 'lookups/s', align: 'right' },
  { title: 'p50 µs', align: 'right' },
  { title: 'p99 µs', align: 'right' },
  { title: 'p99.9 µs', align: 'right' },
  { title: 'CPU µs', align: 'right' },
  { title: 'Sekisho/it', align: 'right' },
  { title: 'by CPU', align: 'right' },
];

function formatRow(point: Point, sekisho: Point | undefined): readonly string[] {
  const figures = (['perSecond', 'p50Us', 'p99Us', 'p999Us', 'cpuUs'] as const).map((name) =>
    formatNumber(figure(point, name)),
  );
  const isItself = sekisho === undefined || point.subject === sekisho.subject;
  const ratios = isItself
    ? []
    : [
        formatRatio(ratio(sekisho, point, 'perSecond')),
        formatRatio(ratio(point, sekisho, 'cpuUs')),
      ];
  return [point.subject, ...figures, ...ratios];
}

/** The points of one transport and number of connections, ours first. */
export function pointsAt(
  { points }: WarmResult,
  transport: Transport,
  connections: number,
): readonly Point[] {
  return points.filter((each) => each.transport === transport && each.connections === connections);
}

/** The point of one server among those of {@link pointsAt}. */
export function pointOf(
  points: readonly Point[],
  subject: keyof typeof SUBJECT_NAMES,
): Point | undefined {
  return points.find((each) => each.subject === SUBJECT_NAMES[subject]);
}

export function formatWarm(warm: WarmResult): readonly string[] {
  const rows = TRANSPORTS.flatMap((transport) =>
    CONNECTIONS.flatMap((connections) => {
      const points = pointsAt(warm, transport, connections);
      const sekisho = pointOf(points, 'sekisho');
      return points.map((point, index) => [
        ...(index === 0 ? [TITLES[transport], String(connections)] : ['', '']),
        ...formatRow(point, sekisho),
      ]);
    }),
  );
  const missing = warm.missing.map(({ name, why }) => `NOT MEASURED: ${name}, since ${why}`);
  return [...formatTable(COLUMNS, rows), ...missing];
}
