import { Counter, type CounterConfiguration, Gauge, Registry } from 'prom-client';
import type {
  HostObserver,
  ObserveCertificate,
  RolloutObservation,
  WatchObservation,
} from '../../publish/index.ts';
import type { Census } from './census.ts';

/** The Prometheus metrics of `sekisho publish serve`. Labels are closed words of ours: no domain, no remote name. */
export interface PublishMetrics {
  readonly host: HostObserver;
  readonly rollout: (observation: RolloutObservation) => void;
  readonly certificates: ObserveCertificate;
  readonly watch: (observation: WatchObservation) => void;
  /** A policy was given out. */
  readonly fetched: () => void;
  /** The exposition text and its media type. */
  render(): Promise<{ readonly text: string; readonly contentType: string }>;
}

export interface PublishMetricsParts {
  readonly version: string;
  readonly census: () => Promise<Census>;
  /** Read when somebody asks. */
  readonly now: () => {
    readonly connections: number;
    readonly uncountedFetches: number;
  };
}

export function createPublishMetrics(parts: PublishMetricsParts): PublishMetrics {
  const { version, census, now } = parts;
  const registry = new Registry();
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Counter({ name: `sekisho_publish_${name}`, help, labelNames: [...labelNames], registers });
  const gauge = (name: string, help: string, read: () => Promise<number> | number) =>
    new Gauge({
      name,
      help,
      registers,
      async collect() {
        this.set(await read());
      },
    });
  const table = (name: string, help: string, label: string, pick: (all: Census) => object) =>
    new Gauge({
      name: `sekisho_publish_${name}`,
      help,
      labelNames: [label],
      registers,
      async collect() {
        for (const [word, value] of Object.entries(pick(await census())))
          this.set({ [label]: word }, Number(value));
      },
    });

  const createTally = (name: string, help: string, labelNames: readonly string[]): Tally =>
    tally(registry, { name: `sekisho_publish_${name}`, help, labelNames: [...labelNames] });

  new Gauge({
    name: 'sekisho_build_info',
    help: 'Always 1; the label tells the version.',
    labelNames: ['version'],
    registers,
  }).set({ version }, 1);
  table('domains', 'Domains by the mode that is given out.', 'mode', ({ byMode }) => byMode);
  table('changes', 'Changes under way, by the step they are at.', 'step', ({ byStep }) => byStep);
  gauge(
    'sekisho_publish_changes_failing',
    'Changes under way whose last attempt failed.',
    async () => (await census()).withProblem,
  );
  gauge(
    'sekisho_publish_domains_leaving',
    'Domains on their way out of MTA-STS.',
    async () => (await census()).leaving,
  );
  gauge(
    'sekisho_publish_mx_unmatched_domains',
    'Domains with a live MX host that their policy does not match.',
    async () => (await census()).unmatched,
  );
  gauge('sekisho_publish_connections', 'Open connections.', () => now().connections);
  gauge(
    'sekisho_publish_fetches_uncounted',
    'Fetches since the start that could not be recorded.',
    () => now().uncountedFetches,
  );
  gauge('process_resident_memory_bytes', 'Resident memory.', () => process.memoryUsage.rss());
  gauge('process_start_time_seconds', 'Start of the process since the epoch.', () =>
    Math.round(performance.timeOrigin / 1000),
  );
  const answers = createTally('responses_total', 'Requests answered.', ['listener', 'status']);
  const dropped = counter('connections_dropped_total', 'Connections without an answer.', ['why']);
  const fetches = createTally('policy_fetches_total', 'Policies given out.', []);
  const orders = counter('rollout_events_total', 'What became of orders and changes.', ['event']);
  const failures = counter('step_failures_total', 'Attempts at a step that failed.', [
    'step',
    'code',
  ]);
  const probes = counter('probes_total', 'Looks at addresses of MX hosts.', ['code']);
  const lookups = counter('mx_lookup_failures_total', 'Lookups of live MX hosts that failed.');
  const alerts = counter('mx_alerts_total', 'Alerts about MX hosts, raised and over.', [
    'code',
    'state',
  ]);

  return {
    host: {
      answered: (listener, status) => answers.count(listener, status),
      dropped: (why) => dropped.inc({ why }),
    },
    rollout(observation) {
      orders.inc({ event: observation.kind });
      if (observation.kind === 'step-failed')
        failures.inc({ step: observation.step, code: observation.code });
    },
    certificates: countCertificates(counter, registers),
    watch(observation) {
      if (observation.kind === 'probed') probes.inc({ code: observation.code });
      else if (observation.kind === 'lookup-failed') lookups.inc();
      else alerts.inc({ code: observation.code, state: observation.kind });
    },
    fetched: () => fetches.count(),
    async render() {
      return { text: await registry.metrics(), contentType: registry.contentType };
    },
  };
}

/** A counter in the path of each request, where the library would take microseconds to look its labels up. */
interface Tally {
  /** @param values of the labels, in their order. */
  count(...values: readonly (string | number)[]): void;
}

function tally(registry: Registry, form: CounterConfiguration<string>): Tally {
  // What has no labels is 0 from the start.
  const sums = new Map(form.labelNames?.length === 0 ? [['', 0]] : []);
  const counter = new Counter({
    ...form,
    registers: [],
    collect() {
      this.reset();
      for (const [values, sum] of sums) {
        const texts = values.split(' ');
        const labels = form.labelNames?.map((name, index) => [name, texts[index] ?? '']) ?? [];
        this.inc(Object.fromEntries(labels), sum);
      }
    },
  });
  registry.registerMetric(counter);
  return {
    count(...values) {
      const key = values.join(' ');
      sums.set(key, (sums.get(key) ?? 0) + 1);
    },
  };
}

type MakeCounter = <L extends string>(
  name: string,
  help: string,
  labelNames?: readonly L[],
) => Counter<L>;

function countCertificates(counter: MakeCounter, registers: Registry[]): ObserveCertificate {
  const renewals = counter('certificate_orders_total', 'Certificates ordered or loaded.', ['code']);
  const states = new Gauge({
    name: 'sekisho_publish_certificates',
    help: 'Policy hosts by the state of their certificate; "ending" is within 14 days.',
    labelNames: ['state'],
    registers,
  });
  const soonest = new Gauge({
    name: 'sekisho_publish_certificate_soonest_end_timestamp_seconds',
    help: 'The end that comes first, in seconds since the epoch; 0 without certificates.',
    registers,
  });
  return (observation) => {
    if (observation.kind === 'obtained') return renewals.inc({ code: 'ok' });
    if (observation.kind === 'failed') return renewals.inc({ code: observation.code });
    const { certificates, missing, ended, ending, soonestMs } = observation;
    states.set({ state: 'present' }, certificates);
    states.set({ state: 'missing' }, missing);
    states.set({ state: 'ended' }, ended);
    states.set({ state: 'ending' }, ending);
    soonest.set(Number.isFinite(soonestMs) ? soonestMs / 1000 : 0);
    return undefined;
  };
}
