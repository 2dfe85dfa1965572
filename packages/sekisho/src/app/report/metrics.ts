import { Counter, Gauge, Registry } from 'prom-client';
import type { Collector, ReporterCounts } from '../../report/index.ts';
import type { SessionCounts } from './counting-store.ts';

/** What is read when somebody asks. */
export interface ReportNumbers {
  readonly collector: ReturnType<Collector['counters']>;
  readonly sessions: SessionCounts;
  /** When sessions were last kept. */
  readonly lastWriteAtMs: number | undefined;
  readonly receiving: number;
  readonly reporter: () => Promise<ReporterCounts>;
}

/** The Prometheus metrics of `sekisho report serve`. Labels are closed words of ours: no domain, no remote name. */
export interface ReportMetrics {
  render(): Promise<{ readonly text: string; readonly contentType: string }>;
}

type Rows = readonly (readonly [number, Readonly<Record<string, string>>?])[];

/** All numbers are kept elsewhere; here they only get their names. */
export function createReportMetrics(version: string, now: () => ReportNumbers): ReportMetrics {
  const registry = new Registry();
  const registers = [registry];
  const counter: MakeCounter = (name, help, labelNames, read) =>
    new Counter({
      name: `sekisho_report_${name}`,
      help,
      labelNames,
      registers,
      async collect() {
        const rows = await read();
        this.reset();
        for (const [value, labels = {}] of rows) this.inc(labels, value);
      },
    });
  const gauge = (name: string, help: string, read: () => Promise<number> | number) =>
    new Gauge({
      name,
      help,
      registers,
      async collect() {
        this.set(await read());
      },
    });
  const table: MakeCounter = (name, help, labelNames, read) =>
    new Gauge({
      name: `sekisho_report_${name}`,
      help,
      labelNames,
      registers,
      async collect() {
        for (const [value, labels = {}] of await read()) this.set(labels, value);
      },
    });
  nameProcess(version, registers, gauge);
  nameCollecting(now, counter, gauge);
  nameSending(now, { counter, table, gauge });
  return {
    async render() {
      return { text: await registry.metrics(), contentType: registry.contentType };
    },
  };
}

type MakeCounter = (
  name: string,
  help: string,
  labels: string[],
  read: () => Promise<Rows> | Rows,
) => unknown;
type MakeGauge = (name: string, help: string, read: () => Promise<number> | number) => unknown;

function nameProcess(version: string, registers: Registry[], gauge: MakeGauge): void {
  new Gauge({
    name: 'sekisho_build_info',
    help: 'Always 1; the label tells the version.',
    labelNames: ['version'],
    registers,
  }).set({ version }, 1);
  gauge('process_resident_memory_bytes', 'Resident memory.', () => process.memoryUsage.rss());
  gauge('process_start_time_seconds', 'Start of the process since the epoch.', () =>
    Math.round(performance.timeOrigin / 1000),
  );
}

function nameCollecting(now: () => ReportNumbers, counter: MakeCounter, gauge: MakeGauge): void {
  const byCode = (counts: ReadonlyMap<string, number>): Rows =>
    [...counts].map(([code, count]) => [count, { code }]);
  counter('datagrams_total', 'Datagrams taken, usable or not.', [], () => [
    [now().collector.datagrams],
  ]);
  counter('datagrams_bad_total', 'Datagrams that cannot be used.', ['code'], () =>
    byCode(now().collector.bad),
  );
  counter('datagrams_unusual_total', 'What was unusual in used datagrams.', ['code'], () =>
    byCode(now().collector.noted),
  );
  counter('datagrams_lost_total', 'Datagrams dropped because the service lagged.', [], () => [
    [now().collector.lostDatagrams],
  ]);
  counter('sessions_lost_total', 'Sessions dropped because they could not be kept.', [], () => [
    [now().collector.lostSessions],
  ]);
  counter('sessions_total', 'Sessions that are kept.', ['source', 'result'], () =>
    Object.entries(now().sessions).flatMap(([source, { success, failure }]) => [
      [success, { source, result: 'success' }] as const,
      [failure, { source, result: 'failure' }] as const,
    ]),
  );
  counter('failed_writes_total', 'Writes to the store that failed.', [], () => [
    [now().collector.failedWrites],
  ]);
  gauge(
    'sekisho_report_sessions_pending',
    'Different sessions that are not kept yet.',
    () => now().collector.pending,
  );
  gauge(
    'sekisho_report_sockets_receiving',
    'Sockets that receive datagrams.',
    () => now().receiving,
  );
  gauge(
    'sekisho_report_last_write_timestamp_seconds',
    'When sessions were last kept, since the epoch; 0 before the first.',
    () => (now().lastWriteAtMs ?? 0) / 1000,
  );
}

function nameSending(
  now: () => ReportNumbers,
  make: { readonly counter: MakeCounter; readonly table: MakeCounter; readonly gauge: MakeGauge },
): void {
  const { counter, table, gauge } = make;
  const outcome = ['outcome'];
  counter('reports_total', 'Domains whose day was closed.', outcome, async () => {
    const { made, skipped } = await now().reporter();
    return [
      [made, { outcome: 'made' }],
      [skipped, { outcome: 'skipped' }],
    ];
  });
  counter('deliveries_total', 'Ends of deliveries, and failed attempts.', outcome, async () => {
    const { sent, failedAttempts, givenUp } = await now().reporter();
    return [
      [sent, { outcome: 'sent' }],
      [failedAttempts, { outcome: 'failed' }],
      [givenUp, { outcome: 'given-up' }],
    ];
  });
  table('deliveries', 'Deliveries at present, by state.', ['state'], async () => {
    const { waiting, held, uncertain } = await now().reporter();
    return [
      [waiting, { state: 'waiting' }],
      [held, { state: 'held' }],
      [uncertain, { state: 'uncertain' }],
    ];
  });
  gauge(
    'sekisho_report_oldest_due_timestamp_seconds',
    'When the delivery that waits longest was or will be due, since the epoch; 0 without any.',
    async () => ((await now().reporter()).oldestDueAtMs ?? 0) / 1000,
  );
}
