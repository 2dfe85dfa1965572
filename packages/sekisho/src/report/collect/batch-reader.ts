import type { DatagramBatch } from '../../io/datagrams/index.ts';
import type { BadSample, UtcDay } from '../store/index.ts';
import type { DatagramNote, ReadDatagram } from './datagram-sessions.ts';
import { parseTlsrptDatagram } from './parse-tlsrpt-datagram.ts';
import { type KeyedSessions, keySessions } from './session-tally.ts';
import { utcDayOf } from './utc-day.ts';

/** Reads what arrived, each datagram by itself. */
interface BatchReader {
  read(batch: DatagramBatch, visitor: DatagramVisitor): void;
}

interface DatagramVisitor {
  readonly onKnown: (known: KnownDatagram, day: UtcDay) => void;
  /** The bytes are only valid during the call. */
  readonly onRefused: (sample: BadSample) => void;
}

/** Twice as many are remembered, each up to the length that one of an MTA-STS policy with several hosts has. */
const CACHED = 4_096;
const LONGEST_CACHED = 2_048;

export function createBatchReader(): BatchReader {
  const cache = createDatagramCache(CACHED, LONGEST_CACHED);
  const dayOf = createDayFinder();
  const readOne = (bytes: Buffer): KnownDatagram | Refused => {
    const text = bytes.toString('latin1');
    const found = cache.find(text);
    if (found !== undefined) return found;
    const read = parseTlsrptDatagram(bytes);
    if (!read.ok) return read;
    const known = { keyed: read.sessions.map(keySessions), notes: read.notes };
    cache.keep(text, known);
    return known;
  };
  return {
    read({ count, bytes, ends, atMs: times }, { onKnown, onRefused }) {
      let start = 0;
      for (let index = 0; index < count; index += 1) {
        const end = ends[index] ?? start;
        const atMs = times[index] ?? Number.NaN;
        const datagram = bytes.subarray(start, end);
        const known = readOne(datagram);
        if ('code' in known)
          onRefused({ atMs, source: 'datagram', code: known.code, bytes: datagram });
        else onKnown(known, dayOf(atMs));
        start = end;
      }
    },
  };
}

type Refused = ReadDatagram & { readonly ok: false };

/** Most datagrams arrive at the same moment as the one before. */
function createDayFinder(): (atMs: number) => UtcDay {
  let lastMs = Number.NaN;
  let day: UtcDay = '';
  return (atMs) => {
    if (atMs !== lastMs) {
      lastMs = atMs;
      day = utcDayOf(atMs);
    }
    return day;
  };
}

/** What a usable datagram says, ready to be counted. */
interface KnownDatagram {
  readonly keyed: readonly KeyedSessions[];
  readonly notes: readonly DatagramNote[];
}

/** Remembers datagrams by their text, since those of successful sessions are the same day after day. */
interface DatagramCache {
  find(text: string): KnownDatagram | undefined;
  keep(text: string, known: KnownDatagram): void;
}

/** @param most how many are kept of each of two generations: what is not asked for leaves with the older one. */
function createDatagramCache(most: number, mostLength: number): DatagramCache {
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
