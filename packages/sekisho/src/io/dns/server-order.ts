import type { Clock } from '../clock/index.ts';
import { formatServerAddress, type ServerAddress } from './server-address.ts';

/** Remembers which servers did not answer, so that one dead server does not delay every lookup. */
export interface ServerOrder {
  /** The servers as configured, but those that lately failed last. */
  sort(servers: readonly ServerAddress[]): readonly ServerAddress[];
  markFailed(server: ServerAddress): void;
  markAlive(server: ServerAddress): void;
}

/** How long a server stays behind the others after it did not answer. */
const SET_BACK_MS = 10_000;

/** Tries in order, as resolv.conf(5) has it, but for servers known not to answer. */
export function createServerOrder(clock: Clock): ServerOrder {
  const backAt = new Map<string, number>();
  const isSetBack = (server: ServerAddress): boolean =>
    (backAt.get(formatServerAddress(server)) ?? 0) > clock.now();
  return {
    sort(servers) {
      if (backAt.size === 0) return servers;
      const setBack = servers.filter(isSetBack);
      return [...servers.filter((server) => !setBack.includes(server)), ...setBack];
    },
    markFailed: (server) => void backAt.set(formatServerAddress(server), clock.now() + SET_BACK_MS),
    markAlive: (server) => void backAt.delete(formatServerAddress(server)),
  };
}
