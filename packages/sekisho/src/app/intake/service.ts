import { AlertBook } from '../../alert/index.ts';
import { type Acceptor, INTAKE_ALERTS } from '../../intake/index.ts';
import type { Clock } from '../../io/clock/index.ts';
import type { IntakeStore } from '../../intake/store/index.ts';
import type { Log } from '../../io/log/index.ts';
import type { Environment, Settings } from '../config/index.ts';
import { formatListenAddress } from '../config/listen-address.ts';
import { startHttpListener } from '../service/http-listener.ts';
import { listPassedSockets } from '../service/systemd.ts';
import { enterRoleTelling } from '../state/enter-role.ts';
import { placeOf } from '../state/index.ts';
import { createIntakeAdminRoute } from './admin.ts';
import { createCensus } from './census.ts';
import { createDoorCounts, type DoorCounts } from './door-counts.ts';
import { createIntakeEngine, type IntakeEngine } from './engine.ts';
import { listenLmtp, listenPost } from './listen-doors.ts';
import { createIntakeMetrics } from './metrics.ts';
import { openSettledIntakeStore } from './open-store.ts';
import { startUpkeep } from './upkeep.ts';

const OWNER_ONLY = 0o600;

export interface IntakeServiceParts {
  readonly settings: Settings;
  readonly environment: Environment;
  readonly clock: Clock;
  readonly log: Log;
  readonly version: string;
}

/** `sekisho intake serve`: store, doors and alerts, all running. */
export interface IntakeService {
  /** Where mail servers hand over reports. */
  readonly lmtp: readonly string[];
  readonly post: string | undefined;
  readonly admin: string | undefined;
  readonly store: IntakeStore;
  /** The engine in charge. */
  readonly engine: () => IntakeEngine;
  /** Works by other settings from now on; listeners, log, what is kept and where stay as they are. */
  reload(settings: Settings): Promise<void>;
  /** Answers what is under way and closes everything. */
  close(): Promise<void>;
}

/** @throws ConfigError; IoError when the store or a file cannot be used, or an address cannot be listened on. */
export async function startIntakeService(parts: IntakeServiceParts): Promise<IntakeService> {
  const role = enterRoleTelling(placeOf(parts.settings, 'intake'), parts.log);
  const closing: (() => Promise<unknown>)[] = [async () => role.leave()];
  const close = async (): Promise<void> => {
    for (const end of closing.toReversed()) await end();
    closing.length = 0;
  };
  try {
    const store = await openSettledIntakeStore(parts.settings);
    closing.push(() => store.close());
    return { ...(await start(parts, store, closing)), store, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What ends is ended in the opposite order: listeners first, the store and the role's lock last. */
async function start(
  parts: IntakeServiceParts,
  store: IntakeStore,
  closing: (() => Promise<unknown>)[],
): Promise<Omit<IntakeService, 'store' | 'close'>> {
  const { settings, environment, clock, version } = parts;
  const upkeep = startUpkeep(store, parts);
  closing.push(() => upkeep.close());
  const doors = createDoorCounts();
  const { inCharge, reload } = await startEngine(parts, store, doors, closing);
  const passed = listPassedSockets(environment, process.pid);
  const acceptor = passOn(() => inCharge().acceptor);
  const listening = { ...parts, passed, acceptor, count: doors.count, closing };
  const lmtp = await listenLmtp(listening);
  const post = await listenPost(listening);

  const imap = () => inCharge().imap();
  const census = createCensus(store, clock, () => inCharge().settings.intake.domains);
  const metrics = createIntakeMetrics({
    version,
    census,
    now: () => ({ accepted: inCharge().acceptor.counts(), doors, imap: imap() }),
  });
  const route = createIntakeAdminRoute({ version, census, metrics, imap });
  const ownAdmin = passed.find(({ name }) => name === 'admin');
  const { admin } = settings.intake.listen;
  const where = ownAdmin === undefined ? admin : { kind: 'fd' as const, fd: ownAdmin.fd };
  if (where !== 'off') {
    const listener = await startHttpListener([route], where, OWNER_ONLY);
    closing.push(() => listener.close());
  }
  inCharge().start();
  return {
    lmtp,
    post,
    admin: where === 'off' || where.kind === 'fd' ? undefined : formatListenAddress(where),
    engine: inCharge,
    reload,
  };
}

async function startEngine(
  { settings, clock, log }: IntakeServiceParts,
  store: IntakeStore,
  { count }: DoorCounts,
  closing: (() => Promise<unknown>)[],
) {
  const alerts = await AlertBook.open({ store, clock, log, rules: INTAKE_ALERTS });
  closing.push(() => alerts.close());
  const build = (wished: Settings): Promise<IntakeEngine> =>
    createIntakeEngine({ settings: wished, store, alerts, count, clock, log });
  let engine = await build(settings);
  closing.push(() => engine.close());
  const reload = async (wished: Settings): Promise<void> => {
    const next = await build(wished);
    const former = engine;
    // New arrivals go to the next one; those under way end at the former.
    engine = next;
    await former.close();
    next.start();
  };
  return { inCharge: () => engine, reload };
}

/** An acceptor that is another one after a reload. */
function passOn(find: () => Acceptor): Acceptor {
  return {
    acceptMessage: (message) => find().acceptMessage(message),
    acceptBody: (body) => find().acceptBody(body),
    get largestBytes() {
      return find().largestBytes;
    },
  };
}
