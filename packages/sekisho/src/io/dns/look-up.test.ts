import type { Answer } from 'dns-packet';
import { describe, expect, it } from 'vitest';
import { lookUp } from './look-up.ts';
import { readAaaa, readMx, readTlsa, readTxt, type RecordReader } from './records.ts';
import type { Question, QueryType } from './query.ts';
import type { Response } from './response.ts';

const server = { host: '192.0.2.53', port: 53 };

function response(answers: readonly Answer[], more: Partial<Response> = {}): Response {
  return {
    rcode: 0,
    authenticated: false,
    authoritative: false,
    authorities: [],
    extendedError: undefined,
    answers,
    ...more,
  };
}

const cname = (name: string, data: string, ttl = 300): Answer => ({
  name,
  type: 'CNAME',
  ttl,
  data,
});
const txt = (name: string, data: string | Buffer | (string | Buffer)[], ttl = 300): Answer => ({
  name,
  type: 'TXT',
  ttl,
  data,
});
const soa = (name: string, ttl: number, minimum: number): Answer => ({
  name,
  type: 'SOA',
  ttl,
  data: { mname: 'ns.test', rname: 'h.test', minimum },
});

/** Looks up over responses given by the name asked for. */
async function run<T>(
  responses: Readonly<Record<string, Response>>,
  read: RecordReader<T>,
  question: Question,
) {
  const asked: string[] = [];
  const result = await lookUp(question, read, ({ name }) => {
    asked.push(name);
    const found = responses[name];
    if (found === undefined) throw new Error(`unexpected question for ${name}`);
    return Promise.resolve({ kind: 'asked', response: found, server });
  });
  return { asked, result };
}

const ask = (responses: Readonly<Record<string, Response>>, name = 'a.test') =>
  run(responses, readTxt, { name, type: 'TXT' });

describe('TXT records (RFC 8461 §3.1)', () => {
  it.each([
    ['STS-3.1-17', ['v=STSv1; i', 'd=abc', '123;'], 'v=STSv1; id=abc123;'],
    ['AMB-07', ['a', '', ' b'], 'a b'],
    ['one string', 'v=STSv1;', 'v=STSv1;'],
    ['no string at all', [], ''],
    [
      'octets beyond ASCII, one character each',
      Buffer.from([0x76, 0xc3, 0xa9, 0x00, 0xff]),
      'v\u00c3\u00a9\0\u00ff',
    ],
  ])('%s: strings of one record are joined without a separator', async (_id, data, joined) => {
    const { result } = await ask({ 'a.test': response([txt('a.test', data)]) });
    expect(result).toMatchObject({ records: [joined] });
  });

  it('AMB-07: two records are never joined', async () => {
    const { result } = await ask({
      'a.test': response([txt('a.test', ['v=STSv1;']), txt('a.test', [' id=1;'])]),
    });
    expect(result).toMatchObject({ records: ['v=STSv1;', ' id=1;'] });
  });
});

describe('CNAMEs (RFC 1034 §3.6.2, RFC 8461 §3.1)', () => {
  it.each([1, 3, 16])('STS-3.1-18, STS-3.1-19: a chain of %i is followed', async (hops) => {
    const chain = Array.from({ length: hops }, (_, i) => cname(`n${i}.test`, `N${i + 1}.Test`));
    const end = txt(`n${hops}.test`, 'found', 30);
    const { asked, result } = await ask(
      { 'n0.test': response([end, ...chain.reverse()]) },
      'n0.test',
    );
    expect(asked).toEqual(['n0.test']);
    expect(result).toMatchObject({
      kind: 'answer',
      records: ['found'],
      cnames: Array.from({ length: hops }, (_, i) => `n${i + 1}.test`),
      ttlSeconds: 30,
    });
  });

  it.each([
    ['itself', [cname('a.test', 'A.test')]],
    ['one another', [cname('a.test', 'b.test'), cname('b.test', 'a.test')]],
    [
      '17 names',
      Array.from({ length: 17 }, (_, i) =>
        cname(i === 0 ? 'a.test' : `n${i}.test`, `n${i + 1}.test`),
      ),
    ],
  ])('STS-3.1-19: a chain over %s is a cname-loop, not a hang', async (_what, answers) => {
    const { asked, result } = await ask({ 'a.test': response(answers) });
    expect(asked).toHaveLength(1);
    expect(result).toMatchObject({ kind: 'failure', code: 'cname-loop' });
  });

  it('STS-3.1-19: a loop over several responses ends too', async () => {
    const { asked, result } = await ask({
      'a.test': response([cname('a.test', 'b.test')]),
      'b.test': response([cname('b.test', 'a.test')]),
    });
    expect(asked).toEqual(['a.test', 'b.test']);
    expect(result).toMatchObject({ kind: 'failure', code: 'cname-loop' });
  });

  it('STS-3.1-19: asks for a target that the server left open', async () => {
    const { asked, result } = await ask({
      'a.test': response([cname('a.test', 'b.example', 20)], { authenticated: true }),
      'b.example': response([txt('b.example', 'found', 50)], { authenticated: true }),
    });
    expect(asked).toEqual(['a.test', 'b.example']);
    expect(result).toMatchObject({
      records: ['found'],
      cnames: ['b.example'],
      ttlSeconds: 20,
      authenticated: true,
    });
  });

  it.each([
    [true, false],
    [false, true],
  ])('is authenticated only if every response was (%s, %s)', async (first, second) => {
    const { result } = await ask({
      'a.test': response([cname('a.test', 'b.test')], { authenticated: first }),
      'b.test': response([txt('b.test', 'found')], { authenticated: second }),
    });
    expect(result).toMatchObject({ records: ['found'], authenticated: false });
  });

  it('takes no records of names outside the chain', async () => {
    const { result } = await ask({
      'a.test': response([txt('evil.test', 'forged'), txt('a.test', 'mine')]),
    });
    expect(result).toMatchObject({ records: ['mine'], cnames: [] });
  });

  it('prefers the records of a name over its CNAME', async () => {
    const { result } = await ask({
      'a.test': response([cname('a.test', 'b.test'), txt('a.test', 'mine')]),
    });
    expect(result).toMatchObject({ records: ['mine'], cnames: [] });
  });

  it.each([
    ['with a label that cannot be asked for', 'a b.test'],
    ['of the root', '.'],
  ])('a target %s is malformed', async (_what, target) => {
    const { result } = await ask({ 'a.test': response([cname('a.test', target)]) });
    expect(result).toMatchObject({ kind: 'failure', code: 'malformed' });
  });
});

describe('negative answers (RFC 2308 §5)', () => {
  const NXDOMAIN = 3;
  it.each([
    ['the lesser of TTL and MINIMUM', 0, soa('test', 900, 60), 60],
    ['the lesser of MINIMUM and TTL', 0, soa('test', 30, 60), 30],
    ['a SOA of the root', NXDOMAIN, soa('.', 900, 86_400), 900],
    ['no SOA', NXDOMAIN, undefined, undefined],
    ['the SOA of another zone', NXDOMAIN, soa('example', 900, 60), undefined],
    ['a name that merely ends alike', NXDOMAIN, soa('st', 900, 60), undefined],
    ['a TTL with the top bit set', NXDOMAIN, soa('test', 0x8000_0000, 60), 0],
  ])('%s', async (_what, rcode, record, ttlSeconds) => {
    const { result } = await ask({
      'a.test': response([], { rcode, authorities: record === undefined ? [] : [record] }),
    });
    expect(result).toMatchObject({ kind: 'answer', records: [], ttlSeconds });
  });

  it('NXDOMAIN at the end of a chain: the CNAME counts in the TTL', async () => {
    const { asked, result } = await ask({
      'a.test': response([cname('a.test', 'b.example', 10)], {
        rcode: NXDOMAIN,
        authorities: [soa('example', 900, 60)],
      }),
    });
    expect(asked).toEqual(['a.test']);
    expect(result).toMatchObject({ rcode: 'NXDOMAIN', cnames: ['b.example'], ttlSeconds: 10 });
  });

  it('NODATA at the end of a chain is final when the SOA says so', async () => {
    const { asked, result } = await ask({
      'a.test': response([cname('a.test', 'b.example')], {
        authorities: [soa('example', 900, 60)],
      }),
    });
    expect(asked).toEqual(['a.test']);
    expect(result).toMatchObject({ rcode: 'NOERROR', records: [], ttlSeconds: 60 });
  });

  it('NXDOMAIN has no records, whatever the answer section holds', async () => {
    const { result } = await ask({ 'a.test': response([txt('a.test', 'x')], { rcode: NXDOMAIN }) });
    expect(result).toMatchObject({ rcode: 'NXDOMAIN', records: [] });
  });
});

describe('other records', () => {
  const first = <T>(type: QueryType, read: RecordReader<T>, data: unknown) =>
    run({ 'a.test': response([{ name: 'a.test', type, ttl: 1, data } as Answer]) }, read, {
      name: 'a.test',
      type,
    });

  it.each([
    ['Mx.Example.Test', 'mx.example.test'],
    ['mx.example.test.', 'mx.example.test'],
    ['.', ''],
  ])('MX (RFC 5321 §5, RFC 7505): %s', async (exchange, expected) => {
    const { result } = await first('MX', readMx, { preference: 5, exchange });
    expect(result).toMatchObject({ records: [{ preference: 5, exchange: expected }] });
  });

  it('AAAA', async () => {
    const { result } = await first('AAAA', readAaaa, '2001:db8::1');
    expect(result).toMatchObject({ records: ['2001:db8::1'] });
  });

  it('TLSA (RFC 6698 §2.1): data in hexadecimal', async () => {
    const data = { usage: 3, selector: 1, matchingType: 1, certificate: Buffer.from([0xab, 0]) };
    const { result } = await first('TLSA', readTlsa, data);
    expect(result).toMatchObject({
      records: [{ usage: 3, selector: 1, matchingType: 1, data: 'ab00' }],
    });
  });
});

describe('names that cannot be asked for', () => {
  it.each(['', 'a..test', `${'a'.repeat(64)}.test`, 'é.test'])(
    '"%s" is malformed',
    async (name) => {
      const { asked, result } = await ask({}, name);
      expect(asked).toEqual([]);
      expect(result).toMatchObject({ kind: 'failure', code: 'malformed' });
    },
  );
});
