import type { Answer } from 'dns-packet';
import type { QueryType } from './query.ts';

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
