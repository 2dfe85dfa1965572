import { type DecodedPacket, encode, type Packet, TRUNCATED_RESPONSE } from 'dns-packet';
import { ednsRecord, emptyResponse, RCODES, soaRecord } from './dns-table.ts';

/** One message to send, over the transport that the query came by. */
export interface Sending {
  readonly message: Buffer;
  readonly afterMs?: number;
  /** From another socket than the one asked. */
  readonly fromElsewhere?: boolean;
  /** TCP: end the connection in the middle of the message. */
  readonly breakOff?: boolean;
}

export interface FaultContext {
  readonly query: DecodedPacket;
  readonly queryBytes: Buffer;
  readonly isTcp: boolean;
  /** What the table says. */
  readonly honest: Packet;
  readonly slowMs: number;
}

/** TCP: end the connection without a word. */
export const HANG_UP = 'hang-up';

const BOGUS = { code: 6, text: 'signature "crypto"\u0007 failed \u00e9' };
const FORGED_TEXT = 'v=STSv1; id=forged;';
const FORGED_TTL_SECONDS = 86_400;

type Reply = readonly Sending[] | typeof HANG_UP;
type Behaviour = (context: FaultContext) => Reply;

const SILENCE: Reply = [];
const NEGATIVE_TIMES = { soaTtlSeconds: 3600, soaMinimumSeconds: 60 };

const once = (packet: Packet): Reply => [{ message: encode(packet) }];

const withRcode =
  (rcode: number, more: Partial<Packet> = {}): Behaviour =>
  ({ query }) =>
    once({ ...emptyResponse(query, rcode), ...more });

const withSoa =
  (rcode: number): Behaviour =>
  (context) => {
    const name = context.query.questions?.[0]?.name ?? '.';
    return withRcode(rcode, { authorities: [soaRecord(name, NEGATIVE_TIMES)] })(context);
  };

const truncated: Behaviour = ({ query, honest }) =>
  once({
    ...emptyResponse(query, RCODES.noerror),
    flags: (honest.flags ?? 0) | TRUNCATED_RESPONSE,
  });

const truncatedThen =
  (overTcp: Behaviour): Behaviour =>
  (context) =>
    context.isTcp ? overTcp(context) : truncated(context);

const BEHAVIOURS = {
  /** Never answers. */
  timeout: () => SILENCE,
  /** Answers after `slowMs`. */
  slow: ({ honest, slowMs }) => [{ message: encode(honest), afterMs: slowMs }],
  servfail: withRcode(RCODES.servfail),
  /** SERVFAIL with extended error 6, as a validating resolver. */
  bogus: (context) => withRcode(RCODES.servfail, { additionals: [ednsRecord(0, BOGUS)] })(context),
  refused: withRcode(RCODES.refused),
  formerr: withRcode(RCODES.formerr),
  /** REFUSED in a header without the question. */
  'bare-refused': withRcode(RCODES.refused, { questions: [], additionals: [] }),
  /** RCODE 16, of which the upper bits are in the OPT record. */
  badvers: withRcode(RCODES.noerror, { additionals: [ednsRecord(1)] }),
  /** With SOA, whatever the table holds. */
  nxdomain: withSoa(RCODES.nxdomain),
  nodata: withSoa(RCODES.noerror),
  'nodata-without-soa': withRcode(RCODES.noerror),
  /** The first CNAME only, as a server that does not recurse. */
  partial: ({ honest }) =>
    once({ ...honest, answers: (honest.answers ?? []).slice(0, 1), authorities: [] }),
  /** TC over UDP, whole over TCP. */
  truncated: truncatedThen(({ honest }) => once(honest)),
  /** Over TCP the connection ends without an answer. */
  'truncated-tcp-closes': truncatedThen(() => HANG_UP),
  /** Over TCP nothing comes. */
  'truncated-tcp-silent': truncatedThen(() => SILENCE),
  /** Over TCP half an answer, then the end. */
  'truncated-tcp-partial': truncatedThen(({ honest }) => [
    { message: encode(honest), breakOff: true },
  ]),
  /** TC over UDP and over TCP. */
  'truncated-twice': truncated,
  'wrong-id': ({ honest }) => once(withWrongId(honest)),
  'wrong-question': ({ honest }) => once(withWrongQuestion(honest)),
  /** The right answer from another port. */
  'wrong-source': ({ honest }) => [{ message: encode(honest), fromElsewhere: true }],
  /** The query itself, unchanged. */
  'query-back': ({ queryBytes }) => [{ message: queryBytes }],
  /** Right id and question, then noise. */
  garbage: ({ honest }) => [{ message: garbage(honest) }],
  /** The answer without its last ten octets. */
  cut: ({ honest }) => [{ message: encode({ ...honest, additionals: [] }).subarray(0, -10) }],
  /** Counts that announce 57,344 records in each section. */
  'record-bomb': ({ honest }) => [{ message: recordBomb(honest) }],
  /** Names made of thousands of pointers. */
  'pointer-bomb': ({ query }) => [{ message: pointerBomb(query) }],
  /** Four kinds of forged answers, then the right one. */
  'spoof-then-real': ({ query, honest }) => spoofThenReal(query, honest),
} satisfies Readonly<Record<string, Behaviour>>;

/** How a name can misbehave. */
export type DnsFault = keyof typeof BEHAVIOURS;

/** What the server sends to a query for a name with this fault. */
export function misbehave(fault: DnsFault, context: FaultContext): Reply {
  return BEHAVIOURS[fault](context);
}

function withWrongId(packet: Packet): Packet {
  return { ...packet, id: ((packet.id ?? 0) + 1) & 0xffff };
}

function withWrongQuestion(packet: Packet): Packet {
  const questions = (packet.questions ?? []).map((question) => ({
    ...question,
    name: `x.${question.name}`,
  }));
  return { ...packet, questions };
}

/** Header and question are right, so that it is not just passed over; what follows is noise. */
function garbage(packet: Packet): Buffer {
  const noise = Buffer.from('\xff\x00\x10\x3f'.repeat(40), 'latin1');
  return Buffer.concat([encode({ ...packet, additionals: [] }).subarray(0, -20), noise]);
}

function recordBomb(packet: Packet): Buffer {
  const message = encode(packet);
  for (const at of [6, 8, 10]) message.writeUInt16BE(57_344, at);
  return message;
}

/** Pointers that lead to pointers, in the data of a NULL record, and a hundred names that begin at the last. */
function pointerBomb(query: DecodedPacket): Buffer {
  const head = encode({ ...emptyResponse(query, RCODES.noerror), additionals: [] });
  const chainAt = head.length + 11;
  const chain = Buffer.alloc(8000);
  for (let i = 2; i < chain.length; i += 2) chain.writeUInt16BE(0xc000 | (chainAt + i - 2), i);
  const holder = Buffer.from([0, 0, 10, 0, 1, 0, 0, 0, 0, chain.length >> 8, chain.length & 0xff]);
  const last = chainAt + chain.length - 2;
  const record = Buffer.from([0xc0 | (last >> 8), last & 0xff, 0, 16, 0, 1, 0, 0, 0, 0, 0, 1, 0]);
  const records = Array.from({ length: 100 }, () => record);
  head.writeUInt16BE(1 + records.length, 6);
  return Buffer.concat([head, holder, chain, ...records]);
}

function spoofThenReal(query: DecodedPacket, honest: Packet): readonly Sending[] {
  const { name = '.', type = 'TXT' } = query.questions?.[0] ?? {};
  const forged: Packet = {
    ...emptyResponse(query, RCODES.noerror),
    answers: [{ name, type: 'TXT', ttl: FORGED_TTL_SECONDS, class: 'IN', data: FORGED_TEXT }],
  };
  const wrongType: Packet = { ...forged, questions: [{ name, type: type === 'A' ? 'MX' : 'A' }] };
  return [
    { message: encode(withWrongId(forged)) },
    { message: encode(withWrongQuestion(forged)) },
    { message: encode(wrongType) },
    { message: encode(forged), fromElsewhere: true },
    { message: encode(honest), afterMs: 10 },
  ];
}
