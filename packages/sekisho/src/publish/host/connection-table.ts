import type { HostLimits } from './host-limits.ts';

/** What a connection waits for; in all but `answering` it waits for its client. */
export type Phase = 'handshake' | 'request' | 'idle' | 'answering' | 'closing';

/** One connection in the table. */
export interface Tracked {
  /** A new wait begins. */
  enter(phase: Phase): void;
  /** It is closed. */
  leave(): void;
}

/** All connections of the host, so that no client can hold more than its share, or hold it for long. */
export interface ConnectionTable {
  /**
   * Makes room where the limits are reached: of those that wait for their client, of the same address or of all, the
   * one that has waited the longest is dropped. Undefined when all of them are being answered.
   *
   * @param group whose connections count together; undefined for a proxy that is trusted with any number.
   * @param drop ends the connection without a word.
   */
  add(group: string | undefined, drop: () => void): Tracked | undefined;
  /** Drops those whose time is over. */
  sweep(): void;
  /** Drops those that wait for their client and have no answer on its way to it, or all. */
  dropAll(which: 'waiting' | 'all'): void;
  readonly size: number;
}

interface Entry {
  readonly group: string | undefined;
  readonly drop: () => void;
  phase: Phase;
  sinceMs: number;
}

const isBusy = ({ phase }: Entry): boolean => phase === 'answering' || phase === 'closing';

/** A client has its answer already, and should only hang up. */
const CLOSING_MS = 2000;

/**
 * @param nowMs a clock that never jumps.
 * @param dropped is told of each connection that had to make room or took too long.
 */
export function createConnectionTable(
  limits: HostLimits,
  nowMs: () => number,
  dropped: (why: 'crowded' | Phase) => void = () => undefined,
): ConnectionTable {
  const all = new Set<Entry>();
  const groups = new Map<string, Set<Entry>>();
  const lifetimes: Readonly<Record<Phase, number>> = {
    handshake: limits.handshakeMs,
    request: limits.requestMs,
    idle: limits.idleMs,
    answering: limits.answerMs,
    closing: Math.min(CLOSING_MS, limits.answerMs),
  };

  const remove = (entry: Entry): void => {
    all.delete(entry);
    const group = entry.group === undefined ? undefined : groups.get(entry.group);
    group?.delete(entry);
    if (entry.group !== undefined && group?.size === 0) groups.delete(entry.group);
  };

  const insert = (entry: Entry): void => {
    all.add(entry);
    if (entry.group === undefined) return;
    const group = groups.get(entry.group);
    if (group === undefined) groups.set(entry.group, new Set([entry]));
    else group.add(entry);
  };

  const dropEntry = (entry: Entry, why: 'crowded' | Phase): void => {
    remove(entry);
    dropped(why);
    entry.drop();
  };

  /** Looks at each, which is cheap beside a connection, and keeps no order while there is room. */
  const dropOldestOf = (entries: ReadonlySet<Entry>): boolean => {
    let oldest: Entry | undefined;
    for (const entry of entries)
      if (
        entry.phase !== 'answering' &&
        entry.sinceMs < (oldest?.sinceMs ?? Number.POSITIVE_INFINITY)
      )
        oldest = entry;
    if (oldest === undefined) return false;
    dropEntry(oldest, 'crowded');
    return true;
  };

  const makeRoom = (group: string | undefined): boolean => {
    const own = group === undefined ? undefined : groups.get(group);
    if (own !== undefined && own.size >= limits.connectionsPerAddress && !dropOldestOf(own))
      return false;
    return all.size < limits.connections || dropOldestOf(all);
  };

  return {
    add(group, drop) {
      if (!makeRoom(group)) return undefined;
      const entry: Entry = { group, drop, phase: 'handshake', sinceMs: nowMs() };
      insert(entry);
      return {
        enter(phase) {
          entry.phase = phase;
          entry.sinceMs = nowMs();
        },
        leave: () => remove(entry),
      };
    },
    sweep() {
      const now = nowMs();
      for (const entry of all)
        if (now - entry.sinceMs >= lifetimes[entry.phase]) dropEntry(entry, entry.phase);
    },
    dropAll(which) {
      for (const entry of all)
        if (which === 'all' || !isBusy(entry)) {
          remove(entry);
          entry.drop();
        }
    },
    get size() {
      return all.size;
    },
  };
}
