import { type Exchange, formatServerAddress, type ServerAddress } from '../dns/index.ts';
import type { UpdateOutcome, UpdateProblem } from './dns-updater.ts';
import type { SignedReply } from './signed-exchange.ts';
import type { TsigKey } from './tsig-key.ts';

export type UpdateFault = Extract<UpdateOutcome, UpdateProblem>;

/** Whom we spoke to, about what. */
export interface ReplyContext {
  readonly server: ServerAddress;
  readonly key: TsigKey;
  /** Such as `update zone example.com` or `read TXT of _mta-sts.example.com`. */
  readonly action: string;
  readonly nowSeconds: number;
}

const NOERROR = 0;
const BADSIG = 16;
const BADKEY = 17;
const BADTIME = 18;
const BADTRUNC = 22;

/** The answers that are no success (RFC 1035 §4.1.1, RFC 2136 §2.2), with what they mean for an update. */
const RCODES: ReadonlyMap<number, Omit<UpdateProblem, 'code'> & { readonly name: string }> =
  new Map([
    [1, { name: 'FORMERR', message: 'it cannot read the message' }],
    [
      2,
      {
        name: 'SERVFAIL',
        message: 'it failed',
        remedy:
          'Look into the log of the DNS server; it may be unable to write its zone or journal.',
      },
    ],
    [3, { name: 'NXDOMAIN', message: 'a name does not exist' }],
    [
      4,
      {
        name: 'NOTIMP',
        message: 'it does not know dynamic updates',
        remedy: 'Use a server that takes updates by RFC 2136, or a hook.',
      },
    ],
    [
      5,
      {
        name: 'REFUSED',
        message: 'it does not serve that name, or does not allow that to this key',
        remedy:
          'Allow the key to change TXT records of this zone (BIND: update-policy; Knot: acl with action update; PowerDNS: dnsupdate and TSIG-ALLOW-DNSUPDATE).',
      },
    ],
    [
      9,
      {
        name: 'NOTAUTH',
        message: 'it is not the primary server of this zone',
        remedy: 'Name the primary server of the zone, where its changes are made.',
      },
    ],
    [
      10,
      {
        name: 'NOTZONE',
        message: 'the name is not in the zone',
        remedy: 'Check the zone that is set for updates.',
      },
    ],
  ]);

/** What went wrong, or `undefined` when the server did as it was told and proved that it is the one with the key. */
export function explainReply(
  exchange: Exchange<SignedReply>,
  context: ReplyContext,
): UpdateFault | undefined {
  const server = formatServerAddress(context.server);
  const start = `Cannot ${context.action}: ${server}`;
  if (exchange.kind === 'truncated') {
    return { kind: 'failed', code: 'malformed', message: `${start} cut its answer over TCP` };
  }
  if (exchange.kind === 'failed') {
    const { code, detail } = exchange;
    return { kind: 'failed', code, message: `${start} ${detail}`, remedy: REACH };
  }
  const { rcode, tsig } = exchange.response;
  return explainTsig(exchange.response, context, start) ?? explainRcode(rcode, tsig.kind, start);
}

const REACH = 'Check that the DNS server runs and can be reached from here over UDP and TCP.';

function explainTsig(
  { tsig }: SignedReply,
  { key, nowSeconds }: ReplyContext,
  start: string,
): UpdateFault | undefined {
  if (tsig.kind === 'absent') return undefined;
  if (tsig.kind === 'wrong') {
    return {
      kind: 'failed',
      code: 'tsig-wrong',
      message: `${start} signed its answer otherwise than key "${key.name}" demands`,
      remedy: 'Check that name, algorithm and secret of the key are the same at the server.',
    };
  }
  if (tsig.error === BADTIME) {
    const { serverSeconds = nowSeconds } = tsig.kind === 'valid' ? tsig : {};
    const away = serverSeconds - nowSeconds;
    return {
      kind: 'failed',
      code: 'tsig-bad-time',
      message: `${start} answered BADTIME: its clock is ${Math.abs(away)} seconds ${away < 0 ? 'behind' : 'ahead of'} ours, at most 300 are allowed (RFC 8945 §5.2.3)`,
      remedy: 'Set both clocks, here and at the DNS server, by NTP.',
    };
  }
  return tsig.error === 0 ? undefined : explainKeyFault(tsig.error, key, start);
}

function explainKeyFault(error: number, key: TsigKey, start: string): UpdateFault {
  const named = `"${key.name}" (${key.algorithm})`;
  switch (error) {
    case BADKEY:
      return {
        kind: 'refused',
        code: 'tsig-bad-key',
        message: `${start} answered BADKEY: it does not know key ${named}, or not for this zone`,
        remedy:
          'Give the key the name and the algorithm that it has at the server, and allow it for the zone there.',
      };
    case BADSIG:
      return {
        kind: 'refused',
        code: 'tsig-bad-signature',
        message: `${start} answered BADSIG: its secret for key ${named} is another one`,
        remedy: 'Put the secret of the server into the secret file.',
      };
    case BADTRUNC:
    default:
      return {
        kind: 'refused',
        code: 'tsig-error',
        message: `${start} refuses the signature by key ${named}, TSIG error ${error}`,
      };
  }
}

function explainRcode(
  rcode: number,
  tsig: SignedReply['tsig']['kind'],
  start: string,
): UpdateFault | undefined {
  if (rcode === NOERROR) {
    if (tsig === 'valid') return undefined;
    return {
      kind: 'failed',
      code: 'tsig-absent',
      message: `${start} did not sign its answer, so it may be from somebody else`,
      remedy: 'Check that the server knows the key and that nothing between changes DNS messages.',
    };
  }
  const { name, message, remedy } = RCODES.get(rcode) ?? {
    name: `RCODE ${rcode}`,
    message: 'it has no other reason',
  };
  return {
    kind: rcode === 2 ? 'failed' : 'refused',
    code: name.toLowerCase().replace(' ', '-'),
    message: `${start} answered ${name}: ${message}`,
    ...(remedy === undefined ? {} : { remedy }),
  };
}
