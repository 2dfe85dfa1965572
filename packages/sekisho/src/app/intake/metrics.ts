import { Counter, Gauge, Registry } from 'prom-client';
import type { CountingAcceptor, ImapDoorStatus } from '../../intake/index.ts';
import type { Census } from './census.ts';
import type { DoorCounts } from './door-counts.ts';

/** What is read when somebody asks. */
export interface IntakeNumbers {
  readonly accepted: ReturnType<CountingAcceptor['counts']>;
  readonly doors: DoorCounts;
  readonly imap: ImapDoorStatus | undefined;
}

/**
 * The Prometheus metrics of `sekisho intake serve`. Labels are closed words of ours, and domains that the settings name:
 * nothing that others write.
 */
export interface IntakeMetrics {
  render(): Promise<{ readonly text: string; readonly contentType: string }>;
}

export interface IntakeMetricsParts {
  readonly version: string;
  readonly census: () => Promise<Census>;
  readonly now: () => IntakeNumbers;
}

type Rows = readonly (readonly [number, Readonly<Record<string, string>>?])[];

/** All numbers are kept elsewhere; here they only get their names. */
export function createIntakeMetrics({ version, census, now }: IntakeMetricsParts): IntakeMetrics {
  const registry = new Registry();
  const registers = [registry];
  const counter = (name: string, help: string, labelNames: string[], read: () => Rows) =>
    new Counter({
      name: `sekisho_intake_${name}`,
      help,
      labelNames,
      registers,
      collect() {
        this.reset();
        for (const [value, labels = {}] of read()) this.inc(labels, value);
      },
    });
  const gauge = (
    name: string,
    help: string,
    labelNames: string[],
    read: () => Promise<Rows> | Rows,
  ) =>
    new Gauge({
      name,
      help,
      labelNames,
      registers,
      async collect() {
        this.reset();
        for (const [value, labels = {}] of await read()) this.set(labels, value);
      },
    });
  nameArrivals(now, counter, gauge);
  nameReports(census, gauge);
  gauge('sekisho_build_info', 'Always 1; the label tells the version.', ['version'], () => [
    [1, { version }],
  ]);
  gauge('process_resident_memory_bytes', 'Resident memory.', [], () => [
    [process.memoryUsage.rss()],
  ]);
  gauge('process_start_time_seconds', 'Start of the process since the epoch.', [], () => [
    [Math.round(performance.timeOrigin / 1000)],
  ]);
  return {
    async render() {
      return { text: await registry.metrics(), contentType: registry.contentType };
    },
  };
}

type MakeMetric = (name: string, help: string, labels: string[], read: () => Rows) => unknown;
type MakeGauge = (
  name: string,
  help: string,
  labels: string[],
  read: () => Promise<Rows> | Rows,
) => unknown;

function nameArrivals(now: () => IntakeNumbers, counter: MakeMetric, gauge: MakeGauge): void {
  counter(
    'arrivals_total',
    'Reports and other arrivals, by door, what became of them, and whether the reporter is verified.',
    ['channel', 'outcome', 'trust'],
    () =>
      now().accepted.arrivals.map(({ channel, outcome, trust = 'none', count }) => [
        count,
        { channel, outcome, trust },
      ]),
  );
  counter(
    'turned_away_total',
    'Arrivals that were refused at the door without being looked into.',
    ['channel', 'reason'],
    () =>
      now()
        .doors.list()
        .map(({ channel, reason, count }) => [count, { channel, reason }]),
  );
  counter('repairs_total', 'What had to be repaired in reading reports.', ['code'], () =>
    [...now().accepted.repairs].map(([code, count]) => [count, { code }]),
  );
  gauge(
    'sekisho_intake_imap_open',
    'Whether the mailbox is being read: 1 or 0; absent without one.',
    [],
    () => {
      const { imap } = now();
      return imap === undefined ? [] : [[imap.kind === 'open' ? 1 : 0]];
    },
  );
}

function nameReports(census: () => Promise<Census>, gauge: MakeGauge): void {
  gauge(
    'sekisho_intake_last_report_timestamp_seconds',
    'When a report last arrived by any door, since the epoch; 0 before the first of 60 days.',
    [],
    async () => [[(await census()).lastReceivedAtMs / 1000]],
  );
  gauge('sekisho_intake_reporters', 'Verified reporters of the last 60 days.', [], async () => [
    [(await census()).reporters],
  ]);
  gauge(
    'sekisho_intake_reporters_silent',
    'Those of them that are silent for longer than they use to be.',
    [],
    async () => [[(await census()).silentReporters]],
  );
  gauge(
    'sekisho_intake_failed_sessions',
    'Failed sessions in verified reports about yesterday and today (UTC), by result type.',
    ['result_type'],
    async () =>
      [...(await census()).failures].map(([name, count]) => [count, { result_type: name }]),
  );
  gauge(
    'sekisho_intake_domain_sessions',
    'Sessions in verified reports about the same days, of the domains of intake.domains.',
    ['domain', 'result'],
    async () =>
      (await census()).domains.flatMap(({ domain, successful, failed }) => [
        [successful, { domain, result: 'success' }] as const,
        [failed, { domain, result: 'failure' }] as const,
      ]),
  );
}
