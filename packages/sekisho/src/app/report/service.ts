import type { Clock } from '../../io/clock/index.ts';
import type { Log } from '../../io/log/index.ts';
import { openSqliteReportStore, type ReportStore } from '../../report/store/index.ts';
import { createCollector } from '../../report/index.ts';
import type { Environment, ListenAddress, Settings } from '../config/index.ts';
import { formatListenAddress } from '../config/listen-address.ts';
import { type HttpListener, startHttpListener } from '../service/http-listener.ts';
import { listPassedSockets, type PassedSocket } from '../service/systemd.ts';
import { enterRoleTelling } from '../state/enter-role.ts';
import { controlSocketOf, placeOf } from '../state/index.ts';
import { createReportAdminRoute } from './admin.ts';
import { createReportControlRoute } from './control.ts';
import { createCountingStore } from './counting-store.ts';
import { createReportEngine, type ReportEngine } from './engine.ts';
import { followLog } from './follow-log.ts';
import { listenDatagrams } from './listen-datagrams.ts';
import { createReportMetrics } from './metrics.ts';
import { leaveRunningMark } from './running-mark.ts';
import { createSessionsPaths } from './sessions-paths.ts';
import { createDiscoveryTaker } from './take-discovery.ts';

const OWNER_ONLY = 0o600;

export interface ReportServiceParts {
  readonly settings: Settings;
  readonly environment: Environment;
  readonly clock: Clock;
  readonly log: Log;
  readonly version: string;
  /** Added to the time at which datagrams arrive, which is the system's; for tests that drive the clock. */
  readonly clockOffsetMs?: () => number;
}

/** `sekisho report serve`: store, collecting, sending and listeners, all running. */
export interface ReportService {
  /** Where mail servers can send datagrams. */
  readonly datagrams: readonly string[];
  readonly http: string | undefined;
  readonly admin: string | undefined;
  readonly store: ReportStore;
  /** The engine in charge. */
  readonly engine: () => ReportEngine;
  /** Works by other settings from now on; listeners, log and state directory stay as they are. */
  reload(settings: Settings): Promise<void>;
  /** Keeps what has arrived, finishes what is under way and closes everything. */
  close(): Promise<void>;
}

/** @throws ConfigError; IoError when the store or a file cannot be used, or an address cannot be listened on. */
export async function startReportService(parts: ReportServiceParts): Promise<ReportService> {
  const place = placeOf(parts.settings, 'reporter');
  const role = enterRoleTelling(place, parts.log);
  const closing: (() => Promise<unknown>)[] = [async () => role.leave()];
  const close = async (): Promise<void> => {
    for (const end of closing.toReversed()) await end();
    closing.length = 0;
  };
  try {
    const store = await openSqliteReportStore({ directory: place.directory });
    closing.push(() => store.close());
    return { ...(await start(parts, store, closing)), store, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What ends is ended in the opposite order: listeners first, the store and the role's lock last. */
async function start(
  parts: ReportServiceParts,
  store: ReportStore,
  closing: (() => Promise<unknown>)[],
): Promise<Omit<ReportService, 'store' | 'close'>> {
  const { settings, clock, log, version } = parts;
  const { directory } = placeOf(settings, 'reporter');
  closing.push(await leaveRunningMark({ directory, clock, log }));
  const { inCharge, reload } = await startEngine(parts, store, closing);
  const counting = createCountingStore(store, () => clock.now());
  const collector = createCollector({ store: counting, clock, log });
  closing.push(() => collector.close());
  const passed = listPassedSockets(parts.environment, process.pid);
  const sockets = await listenDatagrams({
    ...parts,
    passed: passed.filter(({ name }) => name === 'tlsrpt'),
    take: (batch) => collector.take(batch),
  });
  closing.push(() => sockets.close());
  const tail = followLog({
    settings: settings.report.log,
    directory,
    store: counting,
    clock,
    log,
  });
  if (tail !== undefined) closing.push(() => tail.close());

  const countReports = rememberBriefly(() => inCharge().reporter.counts());
  const metrics = createReportMetrics(version, () => ({
    collector: collector.counters(),
    sessions: counting.counts(),
    lastWriteAtMs: counting.lastWriteAtMs,
    receiving: sockets.receiving,
    reporter: countReports,
  }));
  const adminRoute = createReportAdminRoute({ version, store, metrics, sockets });
  const takeDiscovery = createDiscoveryTaker(counting);
  const controlRoute = createReportControlRoute({ engine: inCharge, store, clock, takeDiscovery });
  const paths = createSessionsPaths({
    store: counting,
    tokens: () => inCharge().tokens,
    clock,
    log,
  });
  const listen = async (...args: Parameters<typeof startHttpListener>): Promise<void> => {
    const listener: HttpListener = await startHttpListener(...args);
    closing.push(() => listener.close());
  };
  const { http, admin } = chooseAddresses(settings, passed);
  if (http !== undefined) await listen([], http, OWNER_ONLY, paths.http);
  if (admin !== undefined) await listen([adminRoute], admin, OWNER_ONLY);
  const where = { kind: 'unix', path: controlSocketOf(settings, 'reporter') } as const;
  await listen([adminRoute, controlRoute], where, OWNER_ONLY, paths.control);
  await inCharge().reporter.start();
  return {
    datagrams: sockets.places,
    http: describe(http),
    admin: describe(admin),
    engine: inCharge,
    reload,
  };
}

async function startEngine(
  { settings, clock, log }: ReportServiceParts,
  store: ReportStore,
  closing: (() => Promise<unknown>)[],
) {
  const build = (wished: Settings): Promise<ReportEngine> =>
    createReportEngine({ settings: wished, store, clock, log });
  let engine = await build(settings);
  closing.push(() => engine.close());
  const reload = async (wished: Settings): Promise<void> => {
    const next = await build(wished);
    // One at a time may work on the store.
    await engine.close();
    engine = next;
    await next.reporter.start();
  };
  return { inCharge: (): ReportEngine => engine, reload };
}

const BRIEFLY_MS = 1000;

/** Several metrics come from one count. */
function rememberBriefly<T>(count: () => Promise<T>): () => Promise<T> {
  let last: { readonly atMs: number; readonly counting: Promise<T> } | undefined;
  return () => {
    if (last === undefined || performance.now() - last.atMs > BRIEFLY_MS)
      last = { atMs: performance.now(), counting: count() };
    return last.counting;
  };
}

type Address = ListenAddress | { readonly kind: 'fd'; readonly fd: number };

/** Sockets that systemd passes under the name of a listener take its place. */
function chooseAddresses({ report }: Settings, passed: readonly PassedSocket[]) {
  const choose = (name: 'http' | 'admin'): Address | undefined => {
    const socket = passed.find((each) => each.name === name);
    if (socket !== undefined) return { kind: 'fd', fd: socket.fd };
    const configured = report.listen[name];
    return configured === 'off' ? undefined : configured;
  };
  return { http: choose('http'), admin: choose('admin') };
}

function describe(address: Address | undefined): string | undefined {
  return address === undefined || address.kind === 'fd' ? undefined : formatListenAddress(address);
}
