import {
  type Asked,
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
  asked: Asked | DnsFailure,
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
