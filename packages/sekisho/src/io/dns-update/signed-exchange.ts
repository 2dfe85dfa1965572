import { randomInt } from 'node:crypto';
import type { Clock } from '../clock/index.ts';
import {
  createQuery,
  type DirectClient,
  type Exchange,
  type Reading,
  type Request,
  type Response,
  type ServerAddress,
  toRequest,
} from '../dns/index.ts';
import { signMessage, type TsigVerdict, verifyAnswer } from './tsig.ts';
import type { TsigKey } from './tsig-key.ts';
import { UPDATE_FLAGS } from './update-message.ts';

/** What a server says to a signed message. */
export interface SignedReply {
  readonly rcode: number;
  readonly tsig: TsigVerdict;
  /** What a query found; absent for an update. */
  readonly response: Response | undefined;
}

/** The server, the key, and what carries messages. */
export interface SignedChannel {
  readonly clock: Clock;
  readonly client: DirectClient;
  readonly server: ServerAddress;
  readonly key: TsigKey;
}

type Question = Parameters<typeof createQuery>[0];

const QR = 0x8000;
const OPCODE = 0x7800;
const TC = 0x0200;
const RCODE = 0x000f;
const HEADER_BYTES = 12;
/** Two over UDP; the last over TCP, for networks that lose our datagrams. */
const TRIES = 3;

/** Asks a question in a signed query. */
export function askSigned(
  channel: SignedChannel,
  question: Question,
): Promise<Exchange<SignedReply>> {
  return exchangeSigned(channel, () => {
    const query = createQuery(question, true);
    const { read } = toRequest(query);
    return {
      bytes: query.bytes,
      read: (message) =>
        mapReading(read(message), (response) => ({ rcode: response.rcode, response })),
    };
  });
}

/** Sends a signed update. @param encode writes it with the id given. */
export function sendUpdate(
  channel: SignedChannel,
  encode: (id: number) => Buffer,
): Promise<Exchange<SignedReply>> {
  return exchangeSigned(channel, () => {
    const id = randomInt(0x1_0000);
    const read = (message: Buffer): Reading<Unsigned> => readUpdateAnswer(message, id);
    return { bytes: encode(id), read };
  });
}

type Unsigned = Omit<SignedReply, 'tsig'>;

async function exchangeSigned(
  { clock, client, server, key }: SignedChannel,
  makePlain: () => Request<Unsigned>,
): Promise<Exchange<SignedReply>> {
  const nowSeconds = (): number => Math.floor(clock.now() / 1000);
  const makeRequest = (): Request<SignedReply> => {
    const { bytes, read } = makePlain();
    const signed = signMessage(bytes, key, nowSeconds());
    return {
      bytes: signed.bytes,
      read: (message) =>
        mapReading(read(message), (reply) => ({
          ...reply,
          tsig: verifyAnswer(message, key, signed.mac, nowSeconds()),
        })),
    };
  };
  for (let attempt = 1; ; attempt += 1) {
    const isLast = attempt === TRIES;
    // One after the other, each with a new id and a new signature.
    const result = await client.exchange(server, makeRequest, { overTcp: isLast });
    if (result.kind === 'response' || isLast) return result;
  }
}

function mapReading<T, U>(reading: Reading<T>, change: (response: T) => U): Reading<U> {
  return reading.kind === 'response'
    ? { kind: 'response', response: change(reading.response) }
    : reading;
}

/** The sections of an answer to an update say nothing (RFC 2136 §3.8): the header is enough. */
function readUpdateAnswer(message: Buffer, id: number): Reading<Unsigned> {
  if (message.length < HEADER_BYTES) return { kind: 'unreadable' };
  const flags = message.readUInt16BE(2);
  const isOurs = message.readUInt16BE(0) === id && (flags & (QR | OPCODE)) === (QR | UPDATE_FLAGS);
  if (!isOurs) return { kind: 'unrelated' };
  if ((flags & TC) !== 0) return { kind: 'truncated' };
  return { kind: 'response', response: { rcode: flags & RCODE, response: undefined } };
}
