import type { Clock } from '../clock/index.ts';
import {
  createDirectClient,
  isQueryName,
  normalName,
  recordsAt,
  type ServerAddress,
  ttlOf,
} from '../dns/index.ts';
import { escapeText } from '../log/index.ts';
import type { DnsUpdater, TxtChange, UpdateOutcome } from './dns-updater.ts';
import { explainReply, type UpdateFault } from './explain-reply.ts';
import { askSigned, type SignedChannel, sendUpdate } from './signed-exchange.ts';
import type { TsigKey } from './tsig-key.ts';
import { encodeUpdate, isDone, type StandingTxt } from './update-message.ts';

export interface Rfc2136UpdaterOptions {
  readonly clock: Clock;
  /** The primary server, where the zone is changed. */
  readonly server: ServerAddress;
  readonly key: TsigKey;
  /** The zone of every name. Default: found for each name by asking the server for its SOA record. */
  readonly zone?: string;
  /** For each of three tries, the last over TCP. Default 3000 ms. */
  readonly timeoutMs?: number;
}

/** An updater that holds a socket only while it speaks. */
export interface Rfc2136Updater extends DnsUpdater {
  close(): void;
}

/** How often a change of somebody else may come between our reading and our writing. */
const RACES = 3;
const NXDOMAIN = 3;
/** A prerequisite did not hold: NXDOMAIN, YXDOMAIN, YXRRSET, NXRRSET (RFC 2136 §3.2). */
const CHANGED_MEANWHILE: ReadonlySet<number> = new Set([3, 6, 7, 8]);

/** Changes records by dynamic update (RFC 2136), signed by TSIG (RFC 8945). */
export function createRfc2136Updater(options: Rfc2136UpdaterOptions): Rfc2136Updater {
  const { clock, server, key, zone, timeoutMs = 3000 } = options;
  const client = createDirectClient({ clock, timeoutMs, deadlineMs: 4 * timeoutMs });
  const channel: SignedChannel = { clock, client, server, key };
  return {
    async replaceTxt(change) {
      if (!isQueryName(change.name)) return badName();
      for (let race = 1; race <= RACES; race += 1) {
        // One after the other: what is read decides what is written.
        const outcome = await replaceOnce(channel, zone, change);
        if (outcome !== 'changed-meanwhile') return outcome;
      }
      const message = `Cannot update "${change.name}": its records changed ${RACES} times while we read and wrote them`;
      return { kind: 'failed', code: 'changed-meanwhile', message };
    },
    close: () => client.close(),
  };
}

function badName(): UpdateOutcome {
  const message = 'Cannot update: the name is no name that can be asked for';
  return { kind: 'refused', code: 'name-invalid', message };
}

async function replaceOnce(
  channel: SignedChannel,
  fixedZone: string | undefined,
  change: TxtChange,
): Promise<UpdateOutcome | 'changed-meanwhile'> {
  const standing = await readStanding(channel, change.name);
  if (standing.kind !== 'standing') return standing;
  if (isDone(standing.records, change)) return { kind: 'done' };
  const found = await findZone(channel, fixedZone, change.name);
  if (found.kind !== 'zone') return found;
  const reply = await sendUpdate(channel, (id) =>
    encodeUpdate(id, found.zone, standing.records, change),
  );
  if (reply.kind === 'response' && CHANGED_MEANWHILE.has(reply.response.rcode)) {
    return 'changed-meanwhile';
  }
  return explain(channel, `update zone "${found.zone}"`, reply) ?? { kind: 'done' };
}

function explain(
  { server, key, clock }: SignedChannel,
  action: string,
  reply: Parameters<typeof explainReply>[0],
): UpdateFault | undefined {
  const nowSeconds = Math.floor(clock.now() / 1000);
  return explainReply(reply, { server, key, action, nowSeconds });
}

/**
 * What the server has at the name. The answer need not be signed, since not every server signs those to queries: were
 * it forged, the update's prerequisites would not hold.
 */
async function ask(channel: SignedChannel, type: 'TXT' | 'SOA', name: string) {
  const reply = await askSigned(channel, { name, type });
  const action = `read ${type} of "${name}"`;
  if (reply.kind === 'response') {
    const { rcode, tsig, response } = reply.response;
    const isAnswer = rcode === 0 || rcode === NXDOMAIN;
    const isBelieved = tsig.kind === 'absent' || (tsig.kind === 'valid' && tsig.error === 0);
    if (isAnswer && isBelieved && response !== undefined) {
      return response.authoritative ? { kind: 'answer' as const, response } : noAuthority(action);
    }
  }
  return explain(channel, action, reply) ?? noAuthority(action);
}

function noAuthority(action: string): UpdateFault {
  return {
    kind: 'refused',
    code: 'not-authoritative',
    message: `Cannot ${action}: the server answers, but without authority over that name`,
    remedy: 'Name the primary server of the zone, not a resolver.',
  };
}

async function readStanding(channel: SignedChannel, name: string) {
  const asked = await ask(channel, 'TXT', name);
  if (asked.kind !== 'answer') return asked;
  const { answers } = asked.response;
  const [alias] = recordsAt(answers, normalName(name), 'CNAME');
  if (alias?.type === 'CNAME') return isAlias(name, normalName(alias.data));
  const records = recordsAt(answers, normalName(name), 'TXT').map(
    (record): StandingTxt => ({
      strings: record.type === 'TXT' ? [record.data].flat().map(toBytes) : [],
      ttlSeconds: ttlOf(record),
    }),
  );
  return { kind: 'standing' as const, records };
}

function toBytes(part: string | Buffer): Buffer {
  return typeof part === 'string' ? Buffer.from(part, 'latin1') : part;
}

/** A server passes over TXT records added to a CNAME without a word (RFC 2136 §3.4.2.2). */
function isAlias(name: string, target: string): UpdateFault {
  return {
    kind: 'refused',
    code: 'name-is-cname',
    message: `Cannot update "${name}": it is a CNAME to "${escapeText(target)}", beside which no TXT record can stand`,
    remedy:
      'Have the record kept at the target of the CNAME (setting delegation), or remove the CNAME.',
  };
}

async function findZone(channel: SignedChannel, fixed: string | undefined, name: string) {
  if (fixed !== undefined) return { kind: 'zone' as const, zone: fixed };
  const asked = await ask(channel, 'SOA', name);
  if (asked.kind !== 'answer') return asked;
  const { answers, authorities } = asked.response;
  const soa = [...answers, ...authorities].find(({ type }) => type === 'SOA');
  const zone = soa === undefined ? '' : normalName(soa.name);
  return isQueryName(zone)
    ? { kind: 'zone' as const, zone }
    : noAuthority(`find the zone of "${name}"`);
}
