import { isIPv4, isIPv6 } from 'node:net';
import type { Answer } from 'dns-packet';
import type { QueryType } from './query.ts';
import type { CaaRecord, MxRecord, TlsaRecord, TxtRecord } from './resolver.ts';

/** Takes what we want from a decoded record; nothing from one of another type. */
export type RecordReader<T> = (record: Answer) => readonly T[];

/** Joins the strings of one record, never those of two (RFC 8461 §3.1). */
export const readTxt: RecordReader<TxtRecord> = (record) => {
  if (record.type !== 'TXT') return [];
  const strings = Array.isArray(record.data) ? record.data : [record.data];
  return [
    strings.map((part) => (typeof part === 'string' ? part : part.toString('latin1'))).join(''),
  ];
};

export const readMx: RecordReader<MxRecord> = (record) =>
  record.type === 'MX'
    ? [{ preference: record.data.preference ?? 0, exchange: normalName(record.data.exchange) }]
    : [];

export const readA: RecordReader<string> = (record) =>
  record.type === 'A' && isIPv4(record.data) ? [record.data] : [];

export const readAaaa: RecordReader<string> = (record) =>
  record.type === 'AAAA' && isIPv6(record.data) ? [record.data] : [];

export const readNs: RecordReader<string> = (record) =>
  record.type === 'NS' ? [normalName(record.data)] : [];

export const readCaa: RecordReader<CaaRecord> = (record) => {
  if (record.type !== 'CAA' || Buffer.isBuffer(record.data)) return [];
  const { flags = 0, tag, value } = record.data;
  return [{ isCritical: (flags & 0x80) !== 0, tag: tag.toLowerCase(), value }];
};

export const readTlsa: RecordReader<TlsaRecord> = (record) => {
  if (record.type !== 'TLSA' || Buffer.isBuffer(record.data)) return [];
  const { usage, selector, matchingType, certificate } = record.data;
  return [{ usage, selector, matchingType, data: certificate.toString('hex') }];
};

/** How far the CNAMEs from the name asked for have been followed, over one or several responses. */
export interface Chain {
  /** The last name, lower case; the records are wanted here. */
  readonly end: string;
  /** Names passed, without the one asked for; the last is `end`. */
  readonly cnames: readonly string[];
  /** Every name seen, so that a loop is one at its first repetition. */
  readonly visited: ReadonlySet<string>;
  /** Least TTL of the CNAMEs; `Infinity` without any. */
  readonly ttlSeconds: number;
}

/** RFC 1034 §3.6.2 sets no limit; resolvers stop between 8 and 16. */
const CNAMES_MAX = 16;
const TTL_MAX = 0x7fff_ffff;

/** Lower case, without the dot at the end. */
export function normalName(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}

/** A TTL as sent; one with the top bit set counts as zero (RFC 2181 §8). */
export function readTtl(seconds: number | undefined): number {
  return seconds === undefined || seconds > TTL_MAX ? 0 : seconds;
}

/** The TTL of a record, in seconds. */
export function ttlOf(record: Answer): number {
  return readTtl('ttl' in record ? record.ttl : undefined);
}

export function startChain(name: string): Chain {
  const end = normalName(name);
  return { end, cnames: [], visited: new Set([end]), ttlSeconds: Infinity };
}

/** The records of `type` at a name. */
export function recordsAt(
  answers: readonly Answer[],
  name: string,
  type: QueryType | 'CNAME',
): Answer[] {
  return answers.filter((record) => record.type === type && normalName(record.name) === name);
}

/** Follows the CNAMEs of one response (RFC 1034 §3.6.2), or finds that they loop or are too many. */
export function followChain(
  start: Chain,
  answers: readonly Answer[],
  type: QueryType,
): Chain | 'cname-loop' {
  let chain = start;
  while (recordsAt(answers, chain.end, type).length === 0) {
    const { end } = chain;
    const [cname] = recordsAt(answers, end, 'CNAME');
    if (cname?.type !== 'CNAME') return chain;
    const next = normalName(cname.data);
    if (chain.visited.has(next) || chain.cnames.length === CNAMES_MAX) return 'cname-loop';
    chain = {
      end: next,
      cnames: [...chain.cnames, next],
      visited: new Set([...chain.visited, next]),
      ttlSeconds: Math.min(chain.ttlSeconds, ttlOf(cname)),
    };
  }
  return chain;
}
