import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ClientHelloReading, readClientHello } from './client-hello.ts';

const vector = (width: number, ...parts: readonly Buffer[]): Buffer => {
  const body = Buffer.concat(parts);
  const length = Buffer.alloc(width);
  length.writeUIntBE(body.length, 0, width);
  return Buffer.concat([length, body]);
};
const extension = (type: number, data: Buffer): Buffer =>
  Buffer.concat([Buffer.from([type >> 8, type & 255]), vector(2, data)]);
const hostName = (name: string): Buffer =>
  Buffer.concat([Buffer.from([0]), vector(2, Buffer.from(name, 'latin1'))]);
const serverName = (...names: readonly string[]): Buffer =>
  extension(0, vector(2, ...names.map(hostName)));
const protocols = (...names: readonly string[]): Buffer =>
  extension(16, vector(2, ...names.map((name) => vector(1, Buffer.from(name, 'latin1')))));

const FIXED = Buffer.concat([
  Buffer.from([3, 3]),
  Buffer.alloc(32, 7),
  vector(1, Buffer.alloc(32, 9)),
  vector(2, Buffer.from([0x13, 0x01])),
  vector(1, Buffer.from([0])),
]);
/** The handshake message; without extensions as clients of old send it. */
const hello = (...extensions: readonly Buffer[]): Buffer =>
  Buffer.concat([Buffer.from([1]), vector(3, FIXED, vector(2, ...extensions))]);
const record = (part: Buffer): Buffer => Buffer.concat([Buffer.from([22, 3, 1]), vector(2, part)]);
const inRecords = (message: Buffer, sizes: readonly number[]): Buffer => {
  const records: Buffer[] = [];
  let at = 0;
  for (const size of sizes) {
    if (at + size >= message.length) break;
    records.push(record(message.subarray(at, at + size)));
    at += size;
  }
  return Buffer.concat([...records, record(message.subarray(at))]);
};

const GOOD = hello(
  extension(10, Buffer.alloc(8)),
  serverName('mta-sts.Example.com'),
  protocols('h2', 'http/1.1'),
  extension(51, Buffer.alloc(1300)),
);
const READ: ClientHelloReading = {
  kind: 'hello',
  hello: { serverName: 'mta-sts.Example.com', protocols: ['h2', 'http/1.1'] },
};

describe('readClientHello (RFC 8446 §4.1.2, RFC 6066 §3, RFC 7301)', () => {
  it('reads the name and the protocols', () => {
    expect(readClientHello(record(GOOD))).toEqual(READ);
  });

  it.each([
    ['no extensions at all', Buffer.concat([Buffer.from([1]), vector(3, FIXED)])],
    ['no names among them', hello(extension(10, Buffer.alloc(8)))],
  ])('STS-7.1-5: knows no name from a hello with %s', (_, message) => {
    const nothing = { serverName: undefined, protocols: undefined };
    expect(readClientHello(record(message))).toEqual({ kind: 'hello', hello: nothing });
  });

  it.each([
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n'), 'unexpected-message'],
    ['an alert', Buffer.from([21, 3, 3, 0, 2, 2, 40]), 'unexpected-message'],
    ['SSL 2', Buffer.from([0x80, 0x2e, 1, 3, 1, 0, 0x15]), 'unexpected-message'],
    [
      'a ServerHello',
      record(Buffer.concat([Buffer.from([2]), vector(3, FIXED)])),
      'unexpected-message',
    ],
    ['another major version', Buffer.from([22, 2, 0, 0, 5, 1, 0, 0, 1, 0]), 'decode-error'],
    ['an empty record', Buffer.from([22, 3, 1, 0, 0, 1]), 'decode-error'],
    ['a record beyond the limit', Buffer.from([22, 3, 1, 0x40, 1, 1]), 'decode-error'],
    ['a message beyond the limit', record(Buffer.from([1, 1, 0, 0])), 'decode-error'],
    ['two names', record(hello(serverName('a.test', 'b.test'))), 'decode-error'],
    ['an empty name', record(hello(serverName(''))), 'decode-error'],
    ['the name twice', record(hello(serverName('a.test'), serverName('a.test'))), 'decode-error'],
    ['the protocols twice', record(hello(protocols('a'), protocols('b'))), 'decode-error'],
    [
      'a name of another type',
      record(hello(extension(0, vector(2, Buffer.from([1, 0, 1, 97]))))),
      'decode-error',
    ],
    ['a length that leads outside', record(hello(Buffer.from([0, 0, 0, 9, 0]))), 'decode-error'],
  ])('refuses %s', (_, bytes, alert) => {
    expect(readClientHello(bytes)).toEqual({ kind: 'bad', alert });
  });

  it('waits for more at every length, and takes records of any size', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 60 }), (sizes) => {
        const bytes = inRecords(GOOD, sizes);
        expect(readClientHello(bytes)).toEqual(READ);
        expect(readClientHello(Buffer.concat([bytes, Buffer.from([20, 3, 3, 0, 1, 1])]))).toEqual(
          READ,
        );
        for (let length = 0; length < bytes.length; length += 7)
          expect(readClientHello(bytes.subarray(0, length))).toEqual({ kind: 'partial' });
      }),
    );
  });

  it('is total: it never throws, whatever byte is another', () => {
    const kinds = new Set(['hello', 'partial', 'bad']);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(kinds).toContain(readClientHello(Buffer.from(bytes)).kind);
        expect(kinds).toContain(readClientHello(record(Buffer.from([1, ...bytes]))).kind);
      }),
    );
    fc.assert(
      fc.property(fc.nat(GOOD.length - 1), fc.integer({ min: 0, max: 255 }), (at, value) => {
        const bytes = record(GOOD);
        bytes[at] = value;
        expect(kinds).toContain(readClientHello(bytes).kind);
      }),
    );
  });

  it('does not wait for ever for a message in endless records', () => {
    const slow = Buffer.concat([
      record(Buffer.from([1, 0, 0x3f, 0])),
      ...Array.from({ length: 3000 }, () => record(Buffer.alloc(1))),
    ]);
    expect(readClientHello(slow)).toEqual({ kind: 'bad', alert: 'decode-error' });
  });
});
