import {
  type Answer,
  AUTHENTIC_DATA,
  type CaaData,
  type DecodedPacket,
  type Packet,
  RECURSION_AVAILABLE,
  RECURSION_DESIRED,
  type SoaData,
} from 'dns-packet';

/** The types that the table holds, with the data of one record as a test writes it. */
export interface PeerData {
  /** One string, or several of one record. */
  readonly TXT: string | readonly string[];
  readonly MX: { readonly preference: number; readonly exchange: string };
  readonly A: string;
  readonly AAAA: string;
  readonly CNAME: string;
  readonly TLSA: {
    readonly usage: number;
    readonly selector: number;
    readonly matchingType: number;
    readonly certificate: Buffer;
  };
  readonly NS: string;
  readonly SOA: SoaData;
  readonly CAA: CaaData;
}

export type PeerType = keyof PeerData;

export interface PeerOptions {
  /** Default 300. */
  readonly ttlSeconds?: number;
  /** Sets AD when all records of an answer have it. Default `false`. */
  readonly authenticated?: boolean;
}

interface Entry extends Required<PeerOptions> {
  readonly answers: readonly Answer[];
}

/** What the table says of one question. */
export interface Resolved {
  readonly exists: boolean;
  readonly authenticated: boolean;
  readonly answers: readonly Answer[];
  /** The last name of the CNAME chain. */
  readonly end: string;
}

/** Records by name and type; follows CNAMEs as a recursive server does, at most 32, loops included. */
export interface DnsTable {
  readonly set: <Type extends PeerType>(
    name: string,
    type: Type,
    records: readonly PeerData[Type][],
    options?: PeerOptions,
  ) => void;
  readonly remove: (name: string, type?: PeerType) => void;
  readonly resolve: (name: string, type: string) => Resolved;
}

const CNAMES_MAX = 32;

export function createDnsTable(): DnsTable {
  const names = new Map<string, Map<string, Entry>>();
  const find = (name: string, type: string): Entry | undefined => names.get(name)?.get(type);
  return {
    set(name, type, records, { ttlSeconds = 300, authenticated = false } = {}) {
      const key = name.toLowerCase();
      const answers = records.map((data) => toAnswer(name, type, data, ttlSeconds));
      const types = names.get(key) ?? new Map<string, Entry>();
      names.set(key, types.set(type, { answers, ttlSeconds, authenticated }));
    },
    remove(name, type) {
      const types = names.get(name.toLowerCase());
      if (type !== undefined) types?.delete(type);
      if (type === undefined || types?.size === 0) names.delete(name.toLowerCase());
    },
    resolve(name, type) {
      const found: Entry[] = [];
      let end = name.toLowerCase();
      for (let step = 0; step < CNAMES_MAX && find(end, type) === undefined; step += 1) {
        const alias = find(end, 'CNAME');
        if (alias === undefined) break;
        found.push(alias);
        end = targetOf(alias);
      }
      const entry = find(end, type);
      if (entry !== undefined) found.push(entry);
      return {
        exists: names.has(end),
        authenticated: found.length > 0 && found.every(({ authenticated }) => authenticated),
        answers: found.flatMap(({ answers }) => answers),
        end,
      };
    },
  };
}

function targetOf({ answers: [alias] }: Entry): string {
  return alias?.type === 'CNAME' ? alias.data.toLowerCase() : '';
}

function toAnswer(name: string, type: PeerType, data: unknown, ttl: number): Answer {
  const wire = type === 'TXT' ? toStrings(data as PeerData['TXT']) : data;
  return { name, type, ttl, class: 'IN', data: wire } as Answer;
}

/** Strings of one record, of at most 255 octets each; a longer one is cut into several. */
function toStrings(data: PeerData['TXT']): Buffer[] {
  const strings = typeof data === 'string' ? (data.match(/.{1,255}/gs) ?? ['']) : data;
  return strings.map((text) => Buffer.from(text, 'latin1'));
}

export const RCODES = {
  noerror: 0,
  formerr: 1,
  servfail: 2,
  nxdomain: 3,
  notimp: 4,
  refused: 5,
} as const;

/** Times of the SOA in negative answers, in seconds. */
export interface NegativeTimes {
  readonly soaTtlSeconds: number;
  readonly soaMinimumSeconds: number;
}

/** An empty response to a query: same id and question, recursion available. */
export function emptyResponse(query: DecodedPacket, rcode: number): Packet {
  return {
    type: 'response',
    id: query.id ?? 0,
    flags: RECURSION_DESIRED | RECURSION_AVAILABLE | rcode,
    questions: query.questions ?? [],
    answers: [],
    authorities: [],
    additionals: [ednsRecord(0)],
  };
}

/** The answer that the table gives, with the SOA of the top-level domain where it is negative. */
export function tableResponse(table: DnsTable, query: DecodedPacket, times: NegativeTimes): Packet {
  const { name = '.', type = 'A' } = query.questions?.[0] ?? {};
  const { exists, authenticated, answers, end } = table.resolve(name, type);
  const response = emptyResponse(query, exists ? RCODES.noerror : RCODES.nxdomain);
  const isNegative = !answers.some((answer) => answer.type === type);
  return {
    ...response,
    flags: (response.flags ?? 0) | (authenticated ? AUTHENTIC_DATA : 0),
    answers: [...answers],
    authorities: isNegative ? [soaRecord(end, times)] : [],
  };
}

export function soaRecord(name: string, times: NegativeTimes): Answer {
  const zone = name.slice(name.lastIndexOf('.') + 1);
  const data: SoaData = {
    mname: `ns.${zone}`,
    rname: `hostmaster.${zone}`,
    serial: 1,
    refresh: 3600,
    retry: 600,
    expire: 86_400,
    minimum: times.soaMinimumSeconds,
  };
  return { name: zone, type: 'SOA', class: 'IN', ttl: times.soaTtlSeconds, data };
}

/** An OPT record, with an extended error (RFC 8914) if one is given. */
export function ednsRecord(extendedRcode: number, error?: { code: number; text: string }): Answer {
  const data = Buffer.from(`\0\0${error?.text ?? ''}`);
  data.writeUInt16BE(error?.code ?? 0);
  // The types of dns-packet do not know option 15; the encoder takes any number.
  const options = error === undefined ? [] : [{ code: 15, data } as never];
  return {
    name: '.',
    type: 'OPT',
    udpPayloadSize: 1232,
    extendedRcode,
    ednsVersion: 0,
    flags: 0,
    flag_do: false,
    options,
  };
}
