import type { DatagramNote } from './datagram-sessions.ts';
import type { KeyedSessions } from './session-tally.ts';

/** What a usable datagram says, ready to be counted. */
export interface KnownDatagram {
  readonly keyed: readonly KeyedSessions[];
  readonly notes: readonly DatagramNote[];
}

/** Remembers datagrams by their text, since those of successful sessions are the same day after day. */
export interface DatagramCache {
  find(text: string): KnownDatagram | undefined;
  keep(text: string, known: KnownDatagram): void;
}

/** @param most how many are kept of each of two generations: what is not asked for leaves with the older one. */
export function createDatagramCache(most: number, mostLength: number): DatagramCache {
  let young = new Map<string, KnownDatagram>();
  let old = new Map<string, KnownDatagram>();
  const keep = (text: string, known: KnownDatagram): void => {
    if (text.length > mostLength) return;
    if (young.size >= most) {
      old = young;
      young = new Map();
    }
    young.set(text, known);
  };
  return {
    keep,
    find(text) {
      const found = young.get(text);
      if (found !== undefined) return found;
      const aged = old.get(text);
      if (aged !== undefined) keep(text, aged);
      return aged;
    },
  };
}
