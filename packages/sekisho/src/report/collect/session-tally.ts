import type { CountedSessions, UtcDay } from '../store/index.ts';
import type { ArrivedSessions } from './datagram-sessions.ts';

/** Sessions with the text that equals that of all others of the same course. */
export interface KeyedSessions {
  readonly key: string;
  readonly sessions: ArrivedSessions;
}

/** Sessions of one day and course that wait to be written. */
export interface TallyEntry {
  readonly day: UtcDay;
  readonly key: string;
  readonly sessions: ArrivedSessions;
  count: number;
}

/** Sessions counted by day and course, in bounded memory. */
export interface SessionTally {
  /** Different entries, those that were taken and not yet settled included. */
  readonly size: number;
  /** Those that wait to be taken. */
  readonly waiting: number;
  /** How many sessions those that wait stand for. */
  readonly sessions: number;
  /** Whether there was room. */
  add(day: UtcDay, keyed: KeyedSessions): boolean;
  /** The oldest entries. They count as in memory until they are settled or put back. */
  take(most: number): readonly TallyEntry[];
  settle(entries: readonly TallyEntry[]): void;
  putBack(entries: readonly TallyEntry[]): void;
}

export interface TallyLimits {
  readonly mostEntries: number;
  /** UTF-16 units of all keys, which tell how much memory the entries take. */
  readonly mostText: number;
}

export function keySessions(sessions: ArrivedSessions): KeyedSessions {
  const { domain, record, source, policy, isSuccess, failures } = sessions;
  const { policyType, policyDomain, policyString, mxHost } = policy;
  const applied = [policyType, policyDomain, policyString, mxHost];
  const details = failures.map((failure) => Object.entries(failure).sort(byName));
  return {
    key: JSON.stringify([domain, record, source, applied, isSuccess, details]),
    sessions,
  };
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}

export function toCounted({ day, sessions, count }: TallyEntry): CountedSessions {
  return { ...sessions, day, count };
}

export function createSessionTally({ mostEntries, mostText }: TallyLimits): SessionTally {
  const days = new Map<UtcDay, Map<string, TallyEntry>>();
  let size = 0;
  let taken = 0;
  let text = 0;
  const ofDay = (day: UtcDay): Map<string, TallyEntry> => {
    const found = days.get(day) ?? new Map<string, TallyEntry>();
    days.set(day, found);
    return found;
  };
  const forget = ({ key }: TallyEntry): void => {
    size -= 1;
    text -= key.length;
  };
  return {
    get size() {
      return size;
    },
    get waiting() {
      return size - taken;
    },
    get sessions() {
      const waiting = [...days.values()].flatMap((entries) => [...entries.values()]);
      return waiting.reduce((sum, { count }) => sum + count, 0);
    },
    add(day, { key, sessions }) {
      const entries = ofDay(day);
      const known = entries.get(key);
      if (known !== undefined) {
        known.count += sessions.count;
        return true;
      }
      if (size >= mostEntries || text + key.length > mostText) return false;
      entries.set(key, { day, key, sessions, count: sessions.count });
      size += 1;
      text += key.length;
      return true;
    },
    take(most) {
      const oldest: TallyEntry[] = [];
      for (const [day, entries] of days) {
        for (const entry of entries.values()) {
          if (oldest.length === most) break;
          entries.delete(entry.key);
          oldest.push(entry);
        }
        if (entries.size === 0) days.delete(day);
      }
      taken += oldest.length;
      return oldest;
    },
    settle(entries) {
      taken -= entries.length;
      entries.forEach(forget);
    },
    putBack(entries) {
      taken -= entries.length;
      for (const entry of entries) {
        const known = ofDay(entry.day).get(entry.key);
        if (known === undefined) {
          ofDay(entry.day).set(entry.key, entry);
        } else {
          known.count += entry.count;
          forget(entry);
        }
      }
    },
  };
}
