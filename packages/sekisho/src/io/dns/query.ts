import { randomInt } from 'node:crypto';
import { type Answer, DNSSEC_OK, encode, RECURSION_DESIRED } from 'dns-packet';

/** The record types that Sekisho asks for. */
export type QueryType = 'TXT' | 'MX' | 'A' | 'AAAA' | 'TLSA' | 'NS' | 'SOA' | 'CAA';

export interface Question {
  readonly name: string;
  readonly type: QueryType;
}

/** A query ready to be sent, with what is needed to know its answer. */
export interface Query extends Question {
  readonly id: number;
  readonly bytes: Buffer;
  /** Where the question section ends in `bytes`; it begins after the header. */
  readonly questionEnd: number;
}

/** Octets of a message header (RFC 1035 §4.1.1). */
export const HEADER_BYTES = 12;

/** Fits every path without fragments: the value of the DNS flag day 2020. */
const UDP_PAYLOAD_BYTES = 1232;
const LONGEST_NAME = 253;
const NAME = /^(?:[!-\-/-~]{1,63}\.)*[!-\-/-~]{1,63}$/;

const EDNS: Answer = {
  type: 'OPT',
  name: '.',
  udpPayloadSize: UDP_PAYLOAD_BYTES,
  extendedRcode: 0,
  ednsVersion: 0,
  flags: DNSSEC_OK,
  flag_do: true,
  options: [],
};

const PLAIN_EDNS: Answer = { ...EDNS, flags: 0, flag_do: false };

/** Whether a name can be asked for: printable ASCII labels of 1 to 63 octets, at most 253 in all (RFC 1035 §2.3.4). */
export function isQueryName(name: string): boolean {
  return name.length <= LONGEST_NAME && NAME.test(name);
}

/**
 * Makes a query with a random id and EDNS0 (RFC 6891). To a resolver: recursion desired, and DO, without which no AD
 * comes back. Directly to an authoritative server: neither.
 */
export function createQuery({ name, type }: Question, isDirect = false): Query {
  const id = randomInt(0x1_0000);
  const bytes = encode({
    type: 'query',
    id,
    flags: isDirect ? 0 : RECURSION_DESIRED,
    questions: [{ name, type, class: 'IN' }],
    additionals: [isDirect ? PLAIN_EDNS : EDNS],
  });
  const nameBytes = name.length + 2;
  return { name, type, id, bytes, questionEnd: HEADER_BYTES + nameBytes + 4 };
}
