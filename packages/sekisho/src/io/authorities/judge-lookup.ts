import {
  type AnsweredQuery,
  type DnsAnswer,
  type DnsFailure,
  type DnsResult,
  formatServerAddress,
  normalName,
  readTxt,
  recordsAt,
  ttlOf,
  type TxtRecord,
} from '../dns/index.ts';
import { escapeText } from '../log/index.ts';
import type { AuthorityAnswer } from './authorities.ts';

/** A server that gave no answer at any of its addresses, and the last reason. */
export interface SilentServer {
  readonly server: string;
  /** Escaped. */
  readonly message: string;
}

/**
 * What the servers of a name say together.
 *
 * - `shown`: every address that answered shows it, and every server answered at one address at least.
 * - `shown-so-far`: nobody says otherwise, but `silent` servers gave no answer. They may have the old data: wait. One
 *   that is silent for hours is out of use for everybody else too, or out of our reach (IPv6 without a route): its
 *   word may then be done without, with a warning.
 * - `not-shown`: some servers show something else, or nothing.
 * - `silence`: nobody answered.
 */
export type AuthorityVerdict =
  | { readonly kind: 'shown' }
  | { readonly kind: 'shown-so-far'; readonly silent: readonly SilentServer[] }
  | {
      readonly kind: 'not-shown';
      readonly by: readonly (AuthorityAnswer & { readonly result: DnsAnswer<TxtRecord> })[];
    }
  | { readonly kind: 'silence'; readonly silent: readonly SilentServer[] };

/**
 * Judges a lookup by what each address should show. An address that gives no answer does not count against a server
 * that answers at another one.
 */
export function judgeLookup(
  answers: readonly AuthorityAnswer[],
  isRight: (answer: DnsAnswer<TxtRecord>) => boolean,
): AuthorityVerdict {
  const given = answers.flatMap((answer) =>
    answer.result.kind === 'answer' ? [{ ...answer, result: answer.result }] : [],
  );
  const silent = findSilent(answers, new Set(given.map(({ server }) => server)));
  if (given.length === 0) return { kind: 'silence', silent };
  const others = given.filter(({ result }) => !isRight(result));
  if (others.length > 0) return { kind: 'not-shown', by: others };
  return silent.length === 0 ? { kind: 'shown' } : { kind: 'shown-so-far', silent };
}

function findSilent(
  answers: readonly AuthorityAnswer[],
  heard: ReadonlySet<string>,
): readonly SilentServer[] {
  const silent = new Map<string, string>();
  for (const { server, result } of answers) {
    if (!heard.has(server) && result.kind === 'failure') silent.set(server, result.message);
  }
  return Array.from(silent, ([server, message]) => ({ server, message }));
}

/** What one server says of one name: the records, or that they are to be found elsewhere. */
export type Said =
  | { readonly kind: 'said'; readonly result: DnsResult<TxtRecord> }
  | { readonly kind: 'alias'; readonly target: string };

const NXDOMAIN = 3;

/**
 * Takes from a server's answer what it says of this very name. The target of a CNAME is left to the servers of the
 * target's own zone, also where this one adds what it believes to stand there.
 */
export function judgeAnswer(
  name: string,
  cnames: readonly string[],
  asked: AnsweredQuery | DnsFailure,
): Said {
  if (asked.kind === 'failure') return { kind: 'said', result: asked };
  const { response } = asked;
  const server = formatServerAddress(asked.server);
  if (!response.authoritative) return { kind: 'said', result: withoutAuthority(name, server) };
  const [alias] = recordsAt(response.answers, name, 'CNAME');
  if (alias?.type === 'CNAME') return { kind: 'alias', target: normalName(alias.data) };
  const isMissing = response.rcode === NXDOMAIN;
  const found = isMissing ? [] : recordsAt(response.answers, name, 'TXT');
  return {
    kind: 'said',
    result: {
      kind: 'answer',
      rcode: isMissing ? 'NXDOMAIN' : 'NOERROR',
      records: found.flatMap(readTxt),
      cnames,
      authenticated: false,
      ttlSeconds: found.length > 0 ? Math.min(...found.map(ttlOf)) : undefined,
      server,
    },
  };
}

function withoutAuthority(name: string, server: string): DnsFailure {
  const message = `Cannot look up TXT of "${escapeText(name)}": ${server} answered without authority; it does not know the zone that is delegated to it`;
  return { kind: 'failure', code: 'refused', message };
}
