import type { Acceptor, DoorCounter } from '../../intake/index.ts';
import { createLmtpDoor } from '../../intake/index.ts';
import type { Clock } from '../../io/clock/index.ts';
import type { Log } from '../../io/log/index.ts';
import type { ListenAddress, Settings } from '../config/index.ts';
import { formatListenAddress } from '../config/listen-address.ts';
import { listenOn } from '../service/listening.ts';
import type { PassedSocket } from '../service/systemd.ts';
import { readTokens } from '../report/named-file.ts';
import { createClientOf } from './client-of.ts';
import { createPostServer } from './post-server.ts';

export interface ListenDoorsParts {
  readonly settings: Settings;
  /** Sockets that systemd passes, of any name. */
  readonly passed: readonly PassedSocket[];
  readonly acceptor: Acceptor;
  readonly count: DoorCounter;
  readonly clock: Clock;
  readonly log: Log;
  /** Gets what closes each listener that is open. */
  readonly closing: (() => Promise<unknown>)[];
}

const EVERYBODY = 0o666;
/** Each may hold a message of the largest size; Postfix opens no more to one destination. */
const LMTP_CONNECTIONS = 20;

type Place = ListenAddress | { readonly kind: 'fd'; readonly fd: number; readonly name: string };

/** A server of any kind, before it listens. */
interface Listener {
  listen(where: object): Promise<void>;
  close(): Promise<void>;
}

/** Opens the LMTP servers; says where they listen. @throws IoError `listen-failed` */
export async function listenLmtp(parts: ListenDoorsParts): Promise<readonly string[]> {
  const { settings, passed, acceptor, count, clock, log, closing } = parts;
  const { recipients, withoutReport, socketMode } = settings.intake.lmtp;
  const own = passed.filter(({ name }) => name === 'lmtp');
  const places: readonly Place[] =
    own.length > 0 ? own.map((socket) => ({ kind: 'fd', ...socket })) : settings.intake.listen.lmtp;
  for (const place of places) {
    const server = await createLmtpDoor({
      acceptor,
      clock,
      log,
      count,
      withoutReport,
      limits: { connections: LMTP_CONNECTIONS },
      ...(recipients.length === 0 ? {} : { recipients }),
    });
    await open(server, place, socketMode, closing);
  }
  return places.map(describe);
}

/** Opens the server for POST; says where it listens. @throws IoError `listen-failed`; ConfigError for a bad file. */
export async function listenPost(parts: ListenDoorsParts): Promise<string | undefined> {
  const { settings, passed, acceptor, count, clock, log, closing } = parts;
  const { path, tokenFile, certificateFile, keyFile, trustedProxies, perMinute } =
    settings.intake.post;
  const own = passed.find(({ name }) => name === 'post');
  const place: Place | 'off' =
    own === undefined ? settings.intake.listen.post : { kind: 'fd', ...own };
  if (place === 'off') return undefined;
  const [token] = tokenFile === undefined ? [] : readTokens('intake.post.tokenFile', tokenFile);
  const server = createPostServer({
    acceptor,
    clock,
    log,
    count,
    path,
    perMinute,
    clientOf: createClientOf(trustedProxies),
    ...(token === undefined ? {} : { token }),
    ...(certificateFile === undefined || keyFile === undefined
      ? {}
      : { tls: { certificateFile, keyFile } }),
  });
  await open(server, place, EVERYBODY, closing);
  const scheme = certificateFile === undefined ? 'http' : 'https';
  return `${scheme}://${describe(place)}${path}`;
}

async function open(
  server: Listener,
  place: Place,
  socketMode: number,
  closing: (() => Promise<unknown>)[],
): Promise<void> {
  if (place.kind === 'fd') await server.listen({ fd: place.fd });
  else await listenOn(place, (where) => server.listen(where), socketMode);
  closing.push(() => server.close());
}

function describe(place: Place): string {
  return place.kind === 'fd' ? `systemd:${place.name}` : formatListenAddress(place);
}
