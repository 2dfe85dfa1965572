import { AlertBook } from '../../alert/index.ts';
import type { Clock } from '../../io/clock/index.ts';
import type { Log } from '../../io/log/index.ts';
import { openSqlitePublishStore, type PublishStore } from '../../publish/store/index.ts';
import {
  createCertificateBook,
  createChallengeBook,
  createFetchCounter,
  createPolicyBook,
  createPolicyHost,
  type FetchCounter,
  type ListenerKind,
  PUBLISH_ALERTS,
  type PublishAlertCode,
  type PolicyBook,
  type PolicyHost,
} from '../../publish/index.ts';
import type { Environment, Settings } from '../config/index.ts';
import { formatListenAddress } from '../config/listen-address.ts';
import { type HttpListener, startHttpListener } from '../service/http-listener.ts';
import { listPassedSockets } from '../service/systemd.ts';
import { enterRoleTelling } from '../state/enter-role.ts';
import { controlSocketOf, placeOf } from '../state/index.ts';
import { createPublishAdminRoute } from './admin.ts';
import { createCensus } from './census.ts';
import { createPublishControlRoute } from './control.ts';
import { createPublishEngine, type PublishEngine } from './engine.ts';
import { createExporter, type Exporter } from './exporter.ts';
import { listenAll } from './listen-all.ts';
import { createPublishMetrics, type PublishMetrics } from './metrics.ts';
import { createReader } from './reader.ts';
import { startUpkeep, type Upkeep } from './upkeep.ts';

const OWNER_ONLY = 0o600;
const DAY_MS = 86_400_000;

export interface ServiceParts {
  readonly settings: Settings;
  readonly environment: Environment;
  readonly clock: Clock;
  readonly log: Log;
  readonly version: string;
}

/** `sekisho publish serve`: store, engine and listeners, all running. */
export interface PublishService {
  /** Where it listens, by kind, as written in the configuration. */
  readonly listening: Readonly<Record<ListenerKind, readonly string[]>>;
  readonly admin: string | undefined;
  readonly store: PublishStore;
  /** Works by other settings from now on; listeners, export and state directory stay as they are. */
  reload(settings: Settings): Promise<void>;
  /** Finishes what is under way and closes everything. */
  close(): Promise<void>;
}

/** @throws ConfigError; IoError when the store or a file cannot be used, or an address cannot be listened on. */
export async function startPublishService(parts: ServiceParts): Promise<PublishService> {
  const place = placeOf(parts.settings, 'publisher');
  const role = enterRoleTelling(place, parts.log);
  const closing: (() => Promise<unknown>)[] = [async () => role.leave()];
  const close = async (): Promise<void> => {
    for (const end of closing.toReversed()) await end();
    closing.length = 0;
  };
  try {
    const store = await openSqlitePublishStore({
      directory: place.directory,
      limits: { fetchesKeptMs: parts.settings.publish.fetchLog.keepDays * DAY_MS },
    });
    closing.push(() => store.close());
    return { ...(await start(parts, store, closing)), store, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What the host and the engine share. */
interface BuiltParts {
  readonly policies: PolicyBook;
  readonly fetches: FetchCounter;
  readonly metrics: PublishMetrics;
  readonly host: PolicyHost;
  readonly exporter: Exporter;
  readonly alerts: AlertBook<PublishAlertCode>;
  readonly engine: () => PublishEngine;
  readonly reload: (settings: Settings) => Promise<void>;
}

async function start(
  parts: ServiceParts,
  store: PublishStore,
  closing: (() => Promise<unknown>)[],
): Promise<Omit<PublishService, 'store' | 'close'>> {
  const { settings, environment, version } = parts;
  const passed = listPassedSockets(environment, process.pid);
  const built = await buildParts(parts, store, closing);
  closing.push(() => built.host.close());
  const listening = await listenAll(built.host, settings.publish.listen, passed);

  const adminRoute = createPublishAdminRoute({ version, store, ...built });
  let upkeep: Upkeep | undefined;
  const controlRoute = createPublishControlRoute({
    engine: built.engine,
    upkeep: async () => upkeep?.now(),
    reader: () => createReader({ store, clock: parts.clock, gatesOf: built.engine().gatesOf }),
  });
  const listen = async (...args: Parameters<typeof startHttpListener>): Promise<HttpListener> => {
    const listener = await startHttpListener(...args);
    closing.push(() => listener.close());
    return listener;
  };
  const passedAdmin = passed.find(({ name }) => name === 'admin');
  const admin =
    passedAdmin === undefined
      ? settings.publish.listen.admin
      : { kind: 'fd' as const, fd: passedAdmin.fd };
  if (admin !== 'off') await listen([adminRoute], admin, OWNER_ONLY);
  const control = controlSocketOf(settings, 'publisher');
  await listen([adminRoute, controlRoute], { kind: 'unix', path: control }, OWNER_ONLY);

  built.engine().start();
  const { alerts } = built;
  upkeep = startUpkeep({ ...parts, store, alerts, engine: built.engine });
  closing.push(async () => upkeep?.close());
  built.exporter.writeAll();
  return {
    listening,
    admin: admin === 'off' || admin.kind === 'fd' ? undefined : formatListenAddress(admin),
    async reload(wished) {
      await built.reload(wished);
      await upkeep?.now();
    },
  };
}

async function buildParts(
  { settings, clock, log, version }: ServiceParts,
  store: PublishStore,
  closing: (() => Promise<unknown>)[],
): Promise<BuiltParts> {
  let engine: PublishEngine | undefined;
  const inCharge = (): PublishEngine => {
    if (engine === undefined) throw new TypeError('asked before the engine was built');
    return engine;
  };
  const alerts = await AlertBook.open({ store, clock, log, rules: PUBLISH_ALERTS });
  closing.push(() => alerts.close());
  const challenges = createChallengeBook();
  const policies = createPolicyBook({ store, clock });
  const certificates = createCertificateBook({
    clock,
    log,
    alerts,
    load: (domain) => inCharge().certificates.load(domain),
  });
  const fetches = createFetchCounter({ store, clock, log });
  closing.push(() => fetches.close());
  const exporter = createExporter(settings.publish.export, { store, clock, log, alerts });
  closing.push(() => exporter.close());
  const metrics = createPublishMetrics({
    version,
    census: createCensus(store),
    now: () => ({
      connections: host.connections,
      uncountedFetches: fetches.lost,
    }),
  });
  const host = createPolicyHost({
    policies,
    certificates,
    challenges,
    clock,
    log,
    trustedProxies: settings.publish.trustedProxies,
    observer: metrics.host,
    observeFetch(fetch) {
      metrics.fetched();
      fetches.observe(fetch);
    },
  });
  const build = (wished: Settings): Promise<PublishEngine> =>
    createPublishEngine({
      settings: wished,
      store,
      clock,
      log,
      alerts,
      challenges,
      metrics,
      servedChanged(domain) {
        policies.forget(domain);
        exporter.changed(domain);
      },
      certificateChanged: (domain) => certificates.forget(domain),
    });
  engine = await build(settings);
  closing.push(async () => engine?.close());
  return {
    policies,
    fetches,
    metrics,
    host,
    exporter,
    alerts,
    engine: inCharge,
    async reload(wished) {
      const next = await build(wished);
      // One at a time may work on the store.
      await engine?.close();
      engine = next;
      next.start();
    },
  };
}
