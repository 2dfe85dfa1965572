import { type Answer, encode } from 'dns-packet';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findMessageEnd, readResponse } from './response.ts';
import { createQuery, isQueryName } from './query.ts';

const query = createQuery({ name: '_mta-sts.Example.test', type: 'TXT' });
const QR = 0x8000;

function respond(answers: readonly Answer[], flags = 0, name: string = query.name): Buffer {
  return encode({
    type: 'response',
    id: query.id,
    flags,
    questions: [{ name, type: 'TXT' }],
    answers: [...answers],
    additionals: [
      {
        type: 'OPT',
        name: '.',
        udpPayloadSize: 1232,
        extendedRcode: 0,
        ednsVersion: 0,
        flags: 0,
        flag_do: false,
        options: [],
      },
    ],
  });
}

const txt: Answer = { name: query.name, type: 'TXT', ttl: 300, data: ['v=STSv1; i', 'd=1;'] };

describe('createQuery (RFC 1035 §4.1, RFC 6891)', () => {
  it('asks one question with recursion desired, DO and a payload of 1232', () => {
    expect(query.bytes.readUInt16BE(2)).toBe(0x0100);
    expect([4, 6, 8, 10].map((at) => query.bytes.readUInt16BE(at))).toEqual([1, 0, 0, 1]);
    const edns = query.bytes.subarray(query.questionEnd);
    expect(edns.toString('hex')).toBe('00002904d0000080000000');
  });

  it('takes ids from the whole range', () => {
    const ids = Array.from({ length: 2000 }, () => createQuery(query).id);
    expect(new Set(ids).size).toBeGreaterThan(1900);
    expect(Math.max(...ids)).toBeGreaterThan(0xf000);
    expect(Math.min(...ids)).toBeLessThan(0x1000);
  });

  it.each([
    ['example.test', true],
    ['_25._tcp.mx.example.test', true],
    [`${'a'.repeat(63)}.test`, true],
    [`${'a'.repeat(64)}.test`, false],
    [`${'a.'.repeat(126)}a`, true],
    [`${'a.'.repeat(126)}aa`, false],
    ['', false],
    ['.', false],
    ['a..test', false],
    ['.test', false],
    ['test.', false],
    ['a b.test', false],
    ['é.test', false],
    ['a\0.test', false],
  ])('isQueryName("%s") is %s', (name, expected) => {
    expect(isQueryName(name)).toBe(expected);
  });
});

describe('readResponse (RFC 5452 §9)', () => {
  it('reads the answer, the name in any case', () => {
    const reading = readResponse(query, respond([txt], 0, '_MTA-STS.example.TEST'));
    expect(reading).toMatchObject({
      kind: 'response',
      response: { rcode: 0, authenticated: false },
    });
  });

  it('reads AD and ignores records outside the class IN', () => {
    const reading = readResponse(query, respond([txt, { ...txt, class: 'CH' }], 0x0020));
    expect(reading).toMatchObject({
      response: { authenticated: true, answers: [{ type: 'TXT' }] },
    });
  });

  const changed = (change: (bytes: Buffer) => void): Buffer => {
    const bytes = respond([txt]);
    change(bytes);
    return bytes;
  };
  it.each([
    ['another id', changed((bytes) => bytes.writeUInt16BE(query.id ^ 1, 0))],
    ['a query', changed((bytes) => bytes.writeUInt16BE(0, 2))],
    ['another opcode', changed((bytes) => bytes.writeUInt16BE(QR | 0x2000, 2))],
    ['another name', respond([txt], 0, '_mta-sts.example.tesu')],
    ['a longer name', respond([txt], 0, 'x._mta-sts.example.test')],
    ['another type', changed((bytes) => bytes.writeUInt16BE(1, query.questionEnd - 4))],
    ['another class', changed((bytes) => bytes.writeUInt16BE(3, query.questionEnd - 2))],
    ['no question', changed((bytes) => bytes.writeUInt16BE(0, 4))],
    ['two questions', changed((bytes) => bytes.writeUInt16BE(2, 4))],
  ])('passes over %s', (_what, bytes) => {
    expect(readResponse(query, bytes)).toEqual({ kind: 'unrelated' });
  });

  it('asks for TCP on TC, even if the rest is cut in the middle of a record', () => {
    const bytes = respond([txt], 0x0200);
    expect(readResponse(query, bytes)).toEqual({ kind: 'truncated' });
    expect(readResponse(query, bytes.subarray(0, -20))).toEqual({ kind: 'truncated' });
  });

  it('does not take a TXT record that is cut off for a shorter one', () => {
    const bytes = respond([txt]);
    for (let length = 0; length < bytes.length; length += 1) {
      const { kind } = readResponse(query, bytes.subarray(0, length));
      expect(['unreadable', 'unrelated']).toContain(kind);
    }
  });

  it.each([
    [6, 'answers'],
    [8, 'authorities'],
    [10, 'additionals'],
  ])('refuses counts that the message cannot hold (octet %i, %s)', (at) => {
    const bytes = changed((message) => message.writeUInt16BE(0xe000, at));
    expect(readResponse(query, bytes)).toEqual({ kind: 'unreadable' });
  });

  it('refuses more than 1000 records even where they fit', () => {
    const record: Answer = { name: 'a', type: 'A', ttl: 1, data: '192.0.2.1' };
    const many = (count: number): Buffer =>
      encode({
        type: 'response',
        id: query.id,
        answers: Array.from({ length: count }, () => record),
      });
    expect(findMessageEnd(many(1000))).toBeDefined();
    expect(findMessageEnd(many(1001))).toBeUndefined();
  });

  it('refuses data of another length than the type has', () => {
    const a: Answer = { name: query.name, type: 'A', ttl: 1, data: '192.0.2.1' };
    const bytes = respond([a]);
    const lengthAt = bytes.length - 11 - 6;
    expect(bytes.readUInt16BE(lengthAt)).toBe(4);
    bytes.writeUInt16BE(15, lengthAt);
    bytes.writeUInt16BE(0, 10);
    expect(readResponse(query, bytes)).toEqual({ kind: 'unreadable' });
  });
});

describe('readResponse on mutated messages', () => {
  const name = query.name;
  const samples = [
    respond([txt, txt]),
    respond([txt], 0x0200),
    respond([
      { name, type: 'CNAME', ttl: 60, data: 'a.example.test' },
      { name: 'a.example.test', type: 'MX', ttl: 60, data: { preference: 1, exchange: 'mx.test' } },
      { name: 'a.example.test', type: 'A', ttl: 60, data: '192.0.2.1' },
      { name: 'a.example.test', type: 'AAAA', ttl: 60, data: '2001:db8::1' },
    ]),
    respond([
      {
        name: 'test',
        type: 'SOA',
        ttl: 60,
        data: { mname: 'ns.test', rname: 'h.test', minimum: 5 },
      },
    ]),
  ];
  const mutation = fc.record({
    sample: fc.constantFrom(...samples),
    changes: fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 12 }),
    cut: fc.nat(400),
    extra: fc.uint8Array({ maxLength: 40 }),
  });

  /** Half of the changes fall behind the question, or nearly every message would be passed over. */
  function mutate({ sample, changes, cut, extra }: Mutation): Buffer {
    const bytes = Buffer.from(sample);
    for (const [index, [at, value]] of changes.entries()) {
      const from = index % 2 === 0 ? query.questionEnd : 2;
      bytes[from + (at % (bytes.length - from))] = value;
    }
    return Buffer.concat([bytes.subarray(0, cut > 200 ? bytes.length : bytes.length - cut), extra]);
  }
  type Mutation = typeof mutation extends fc.Arbitrary<infer T> ? T : never;

  it('never throws, in bounded time (5,000 messages)', () => {
    const kinds = new Set<string>();
    let slowestMs = 0;
    fc.assert(
      fc.property(mutation, (change) => {
        const startedAt = performance.now();
        kinds.add(readResponse(query, mutate(change)).kind);
        slowestMs = Math.max(slowestMs, performance.now() - startedAt);
      }),
      { numRuns: 5000 },
    );
    expect([...kinds].sort()).toEqual(['response', 'truncated', 'unreadable', 'unrelated']);
    expect(slowestMs).toBeLessThan(1000);
  });

  it('never throws on random octets', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (octets) => {
        const bytes = Buffer.from(octets);
        readResponse(query, bytes);
        readResponse(query, Buffer.concat([respond([]).subarray(0, query.questionEnd), bytes]));
      }),
      { numRuns: 2000 },
    );
  });

  it('reads the worst message of 64 KiB that it lets through in bounded time', () => {
    const longest = Array.from({ length: 126 }, () => 'a').join('.');
    const records = Array.from(
      { length: 990 },
      (): Answer => ({ name: '.', type: 'NS', ttl: 1, data: '.' }),
    );
    const head = respond([{ ...txt, name: longest }]);
    const target = 0xc000 | query.questionEnd;
    const tail = Buffer.concat(
      records.map(() =>
        Buffer.from([
          target >> 8,
          target & 255,
          0,
          2,
          0,
          1,
          0,
          0,
          0,
          1,
          0,
          2,
          target >> 8,
          target & 255,
        ]),
      ),
    );
    head.writeUInt16BE(1 + records.length, 6);
    head.writeUInt16BE(0, 10);
    const bytes = Buffer.concat([head.subarray(0, -11), tail]);
    const startedAt = performance.now();
    expect(readResponse(query, bytes).kind).toBe('response');
    expect(performance.now() - startedAt).toBeLessThan(1000);
  });
});
