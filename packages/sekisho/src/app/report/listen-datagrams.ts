import type { Clock } from '../../io/clock/index.ts';
import type { DatagramBatch, DatagramSource } from '../../io/datagrams/index.ts';
import type { Log } from '../../io/log/index.ts';
import type { Settings } from '../config/index.ts';
import type { PassedSocket } from '../service/systemd.ts';
import { datagramSocketOf } from '../state/index.ts';

export interface ListenDatagramsParts {
  readonly settings: Settings;
  /** Sockets that systemd passes for datagrams. */
  readonly passed: readonly PassedSocket[];
  readonly take: (batch: DatagramBatch) => void;
  readonly clock: Clock;
  readonly log: Log;
  /** Added to the time of arrival, which is the system's; for tests that drive the clock. */
  readonly clockOffsetMs?: () => number;
}

/** All sockets for datagrams. */
export interface DatagramSockets {
  /** Where mail servers can send, for people. */
  readonly places: readonly string[];
  /** Those that receive at present. */
  readonly receiving: number;
  /** Resolves when all that had arrived was taken. */
  close(): Promise<void>;
}

type Target = { readonly path: string } | { readonly fd: number; readonly name: string };

/** A socket whose receiver died is opened again: after a second, then at growing spans of at most a minute. */
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;

/** Where datagrams are received where systemd passes no socket. */
export function datagramPathsOf(settings: Settings): readonly string[] {
  return settings.report.listen.datagrams ?? [datagramSocketOf(settings)];
}

/** @throws IoError when one cannot be had; none is open then. */
export async function listenDatagrams(parts: ListenDatagramsParts): Promise<DatagramSockets> {
  const { settings, passed } = parts;
  const targets: readonly Target[] =
    passed.length > 0 ? passed : datagramPathsOf(settings).map((path) => ({ path }));
  const sockets: Receiver[] = [];
  const close = async (): Promise<void> => {
    for (const socket of sockets) await socket.close();
  };
  try {
    for (const target of targets) sockets.push(await openReceiver(target, parts));
  } catch (error) {
    await close();
    throw error;
  }
  return {
    places: targets.map((target) => ('path' in target ? target.path : `systemd:${target.name}`)),
    get receiving() {
      return sockets.filter(({ isReceiving }) => isReceiving).length;
    },
    close,
  };
}

interface Receiver {
  readonly isReceiving: boolean;
  close(): Promise<void>;
}

async function openReceiver(target: Target, parts: ListenDatagramsParts): Promise<Receiver> {
  const { settings, take, clock, log, clockOffsetMs } = parts;
  // Only here: it brings a library for foreign functions with it.
  const { openUnixDatagrams } = await import('../../io/datagrams/index.ts');
  const { mode, group } = settings.report.listen;
  const place = 'path' in target ? { path: target.path, mode } : { fd: target.fd };
  let source: DatagramSource | undefined;
  let pauseMs = FIRST_PAUSE_MS;
  let isClosed = false;
  let cancel = (): void => undefined;
  let reviving = Promise.resolve();

  const open = (): Promise<DatagramSource> =>
    openUnixDatagrams({
      ...place,
      ...(group === undefined || 'fd' in place ? {} : { group }),
      ...(clockOffsetMs === undefined ? {} : { clockOffsetMs }),
      onBatch: take,
      onDeath(error) {
        log.error('datagrams are not received any more; the socket is opened again', { error });
        reviving = reopen();
      },
    });
  const reopen = async (): Promise<void> => {
    const former = source;
    source = undefined;
    await former?.close();
    wait();
  };
  const wait = (): void => {
    if (isClosed) return;
    cancel = clock.after(pauseMs, () => {
      reviving = revive();
    });
    pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
  };
  const revive = async (): Promise<void> => {
    if (isClosed) return;
    try {
      source = await open();
      pauseMs = FIRST_PAUSE_MS;
      log.info('datagrams are received again', place);
    } catch (error) {
      log.error('the socket for datagrams cannot be opened', { error });
      wait();
    }
  };

  source = await open();
  return {
    get isReceiving() {
      return source !== undefined;
    },
    async close() {
      isClosed = true;
      cancel();
      await reviving;
      await source?.close();
    },
  };
}
