import { createSocketmapServer, type SocketmapServer } from '../../apply/index.ts';
import { systemClock } from '../../io/clock/index.ts';
import type { Log } from '../../io/log/index.ts';
import type { Environment, Settings } from '../config/index.ts';
import { formatListenAddress, type ListenAddress } from '../config/listen-address.ts';
import { controlSocketOf, placeOf } from '../state/index.ts';
import { type AdminParts, createAdminRoute, createControlRoute } from './admin.ts';
import { openBackThread } from './back/back-thread.ts';
import { createEngine, type Engine } from './engine.ts';
import { type HttpListener, startHttpListener } from '../service/http-listener.ts';
import { listenOn } from '../service/listening.ts';
import { createMetrics } from './metrics.ts';
import { createReportFeed } from './report-feed.ts';
import { listPassedSockets } from '../service/systemd.ts';

const OWNER_ONLY = 0o600;

export interface DaemonParts {
  readonly settings: Settings;
  readonly environment: Environment;
  readonly log: Log;
  readonly version: string;
}

/** The daemon: store, engine and listeners, all running. */
export interface Daemon {
  /** Where Postfix can ask, as written in the configuration. */
  readonly socketmap: readonly string[];
  readonly admin: string | undefined;
  /** Works by other settings from now on; listeners and store stay as they are. */
  reload(settings: Settings): Promise<void>;
  /** Finishes what is under way and closes everything. */
  close(): Promise<void>;
}

/** @throws IoError when the store cannot be opened or an address cannot be listened on. */
export async function startDaemon({
  settings,
  environment,
  log,
  version,
}: DaemonParts): Promise<Daemon> {
  const back = await openBackThread({ place: placeOf(settings, 'sender'), log });
  const { store } = back;
  let engine: Engine;
  const feed = createReportFeed(settings, systemClock);
  const metrics = createMetrics({
    version,
    log,
    store,
    memory: () => ({
      entries: engine.policies.size,
      unsaved: engine.policies.unsaved,
      repliesRemembered: engine.responder.repeated,
      untold: feed.untold,
    }),
  });
  const buildEngine = (wished: Settings): Promise<Engine> =>
    createEngine({
      settings: wished,
      back,
      log,
      observe(event) {
        metrics.observe(event);
        if (event.kind === 'policy-missed') feed.tell(event);
      },
    });
  engine = await buildEngine(settings).catch(async (error: unknown) => {
    await back.close();
    throw error;
  });
  const servers: SocketmapServer[] = [];
  const listeners: HttpListener[] = [];
  const adminParts: AdminParts = { engine: () => engine, metrics, store, version };
  const adminRoute = createAdminRoute(adminParts);

  const close = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server.close()));
    await Promise.all(listeners.map((listener) => listener.close()));
    await engine.close();
    await back.close();
    await feed.close();
  };

  const serveSocketmap = async (
    where: ListenAddress | { readonly kind: 'fd'; readonly fd: number },
  ) => {
    const server = createSocketmapServer({
      reply: (buffer, start, end) => engine.responder.reply(buffer, start, end),
      observer: metrics,
    });
    if (where.kind === 'fd') await server.listen({ fd: where.fd });
    else await listenOn(where, (target) => server.listen(target), settings.listen.socketMode);
    servers.push(server);
    return where.kind === 'unix' ? `unix:${server.address()}` : server.address();
  };

  try {
    const passed = listPassedSockets(environment, process.pid).map(({ fd, name }) => ({
      kind: 'fd' as const,
      fd,
      name,
    }));
    const passedMaps = passed.filter(({ name }) => name !== 'admin');
    const configured = passedMaps.length > 0 ? [] : settings.listen.socketmap;
    const socketmap: string[] = [];
    for (const where of [...passedMaps, ...configured]) socketmap.push(await serveSocketmap(where));

    const admin = passed.find(({ name }) => name === 'admin') ?? settings.listen.admin;
    if (admin !== 'off') listeners.push(await startHttpListener([adminRoute], admin, OWNER_ONLY));
    const control = { kind: 'unix' as const, path: controlSocketOf(settings, 'sender') };
    listeners.push(
      await startHttpListener([adminRoute, createControlRoute(adminParts)], control, OWNER_ONLY),
    );
    engine.policies.start();
    return {
      socketmap,
      admin: admin === 'off' || admin.kind === 'fd' ? undefined : formatListenAddress(admin),
      async reload(wished) {
        const former = engine;
        engine = await buildEngine(wished);
        engine.policies.start();
        await former.close();
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
