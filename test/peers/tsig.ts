import { createHmac } from 'node:crypto';

/** A key as a DNS server knows it. */
export interface PeerKey {
  readonly name: string;
  readonly algorithm: string;
  readonly secret: Buffer;
}

export interface AnswerSignature {
  /** Seconds since the epoch. */
  readonly timeSigned: number;
  readonly error?: number;
  /** The server's clock, as BADTIME gives it. */
  readonly otherSeconds?: number;
  /** Leaves the MAC out, as BADSIG and BADKEY do. */
  readonly withoutMac?: boolean;
  /** Cuts the MAC. */
  readonly macBytes?: number;
}

const number = (value: number, bytes: number): Buffer => {
  const buffer = Buffer.alloc(bytes);
  buffer.writeUIntBE(value, 0, bytes);
  return buffer;
};

const name = (text: string): Buffer =>
  Buffer.concat([
    ...text
      .toLowerCase()
      .split('.')
      .map((label) => Buffer.concat([number(label.length, 1), Buffer.from(label)])),
    number(0, 1),
  ]);

/** Signs an answer as a server does (RFC 8945 §5.3), or wrongly in the ways that a test chooses. */
export function signAnswer(
  answer: Buffer,
  key: PeerKey,
  requestMac: Buffer,
  { timeSigned, error = 0, otherSeconds, withoutMac = false, macBytes }: AnswerSignature,
): Buffer {
  const other = otherSeconds === undefined ? Buffer.alloc(0) : number(otherSeconds, 6);
  const end = [number(error, 2), number(other.length, 2), other];
  const times = [number(timeSigned, 6), number(300, 2)];
  const hmac = createHmac(key.algorithm.replace('hmac-', ''), key.secret);
  const signed = [number(requestMac.length, 2), requestMac, answer, name(key.name), number(255, 2)];
  for (const part of [...signed, number(0, 4), name(key.algorithm), ...times, ...end]) {
    hmac.update(part);
  }
  const mac = withoutMac ? Buffer.alloc(0) : hmac.digest().subarray(0, macBytes);
  const id = answer.subarray(0, 2);
  const data = Buffer.concat([
    name(key.algorithm),
    ...times,
    number(mac.length, 2),
    mac,
    id,
    ...end,
  ]);
  const head = [name(key.name), number(250, 2), number(255, 2), number(0, 4)];
  const bytes = Buffer.concat([answer, ...head, number(data.length, 2), data]);
  bytes.writeUInt16BE(bytes.readUInt16BE(10) + 1, 10);
  return bytes;
}
