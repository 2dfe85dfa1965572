import type { Answer } from 'dns-packet';
import { toFailure } from './failure.ts';
import { isQueryName, type Question } from './query.ts';
import {
  type Chain,
  followChain,
  normalName,
  readTtl,
  type RecordReader,
  recordsAt,
  startChain,
  ttlOf,
} from './records.ts';
import type { DnsAnswer, DnsFailure, DnsResult } from './resolver.ts';
import type { Response } from './response.ts';
import { formatServerAddress } from './server-address.ts';
import { type AnsweredQuery, NXDOMAIN } from './ask.ts';

/**
 * Looks up one question to its end: asks, follows the CNAMEs, and asks again for a target that the server left
 * to us. Ends, because each further query needs a CNAME that was not seen before, and those are bounded.
 */
export async function lookUp<T>(
  question: Question,
  read: RecordReader<T>,
  ask: (question: Question) => Promise<AnsweredQuery | DnsFailure>,
): Promise<DnsResult<T>> {
  let chain = startChain(question.name);
  let authenticated = true;
  for (;;) {
    if (!isQueryName(chain.end)) return notAskable(question, chain);
    const asked = await ask({ name: chain.end, type: question.type });
    if (asked.kind === 'failure') return asked;
    const { answers, authenticated: validated } = asked.response;
    authenticated &&= validated;
    const next = followChain(chain, answers, question.type);
    if (next === 'cname-loop') {
      return toFailure(question, 'cname-loop', ['the CNAMEs loop or are more than 16']);
    }
    const isLeftToUs = next !== chain && isUnresolved(asked.response, next, question);
    if (!isLeftToUs) return toAnswer(next, asked, authenticated, question, read);
    chain = next;
  }
}

function notAskable(question: Question, chain: Chain): DnsFailure {
  const which = chain.cnames.length === 0 ? 'the name' : 'the target of its CNAME';
  return toFailure(question, 'malformed', [`${which} cannot be asked for`]);
}

/** A server that stopped at a CNAME says nothing about its target: no records, no NXDOMAIN, no SOA. */
function isUnresolved(
  { rcode, answers, authorities }: Response,
  { end }: Chain,
  { type }: Question,
) {
  return (
    rcode !== NXDOMAIN &&
    recordsAt(answers, end, type).length === 0 &&
    findNegativeTtl(authorities, end) === undefined
  );
}

function toAnswer<T>(
  chain: Chain,
  { response, server }: AnsweredQuery,
  authenticated: boolean,
  { type }: Question,
  read: RecordReader<T>,
): DnsAnswer<T> {
  const isMissing = response.rcode === NXDOMAIN;
  const found = isMissing ? [] : recordsAt(response.answers, chain.end, type);
  return {
    kind: 'answer',
    rcode: isMissing ? 'NXDOMAIN' : 'NOERROR',
    records: found.flatMap(read),
    cnames: chain.cnames,
    authenticated,
    ttlSeconds:
      found.length > 0
        ? Math.min(chain.ttlSeconds, ...found.map(ttlOf))
        : negativeTtl(response, chain),
    server: formatServerAddress(server),
  };
}

function negativeTtl({ authorities }: Response, chain: Chain): number | undefined {
  const ttl = findNegativeTtl(authorities, chain.end);
  return ttl === undefined ? undefined : Math.min(ttl, chain.ttlSeconds);
}

function isAtOrBelow(name: string, zone: string): boolean {
  return zone === '' || name === zone || name.endsWith(`.${zone}`);
}

/**
 * How long "there is nothing at `name`" holds: the lesser of the SOA's TTL and its MINIMUM (RFC 2308 §5).
 * `undefined` without the SOA of a zone that holds the name.
 */
function findNegativeTtl(authorities: readonly Answer[], name: string): number | undefined {
  const soa = authorities.find(
    (record) => record.type === 'SOA' && isAtOrBelow(name, normalName(record.name)),
  );
  if (soa?.type !== 'SOA') return undefined;
  return Math.min(ttlOf(soa), readTtl(soa.data.minimum));
}
