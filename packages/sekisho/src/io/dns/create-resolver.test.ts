import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  type DnsServer,
  type DnsServerOptions,
  startDnsServer,
} from '../../../../../test/peers/dns-server.ts';
import type { DnsFault } from '../../../../../test/peers/dns-faults.ts';
import { createFakeClock, systemClock } from '../clock/index.ts';
import { createResolver, type ResolverOptions } from './create-resolver.ts';

const NAME = '_mta-sts.example.test';
const RECORD = 'v=STSv1; id=1;';
/** Long enough for a busy machine; tests of silence ask for less. */
const PATIENT = { clock: systemClock, timeoutMs: 3000, tries: 2, deadlineMs: 20_000 } as const;
const SILENCE_MS = 60;

async function startServer(options: DnsServerOptions = {}): Promise<DnsServer> {
  const server = await startDnsServer(options);
  onTestFinished(() => server.close());
  server.set(NAME, 'TXT', [RECORD]);
  return server;
}

function startResolver(servers: readonly string[], options: Partial<ResolverOptions> = {}) {
  const resolver = createResolver({ ...PATIENT, servers, ...options });
  onTestFinished(() => resolver.close());
  return resolver;
}

async function start(options: Partial<ResolverOptions> = {}) {
  const server = await startServer();
  return { server, resolver: startResolver([server.address], options) };
}

/** A port of the loopback where nobody listens. */
async function findDeadAddress(): Promise<string> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  await once(socket, 'close');
  return `127.0.0.1:${port}`;
}

/** What the process has open, once closed handles have had their turn. */
async function countOpenSockets(): Promise<number> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  return process.getActiveResourcesInfo().filter((kind) => /UDP|TCP/.test(kind)).length;
}

describe('lookups', () => {
  it('STS-3.1-1: asks exactly for the TXT records of the name given', async () => {
    const { server, resolver } = await start();
    expect(await resolver.lookupTxt(NAME)).toEqual({
      kind: 'answer',
      rcode: 'NOERROR',
      records: [RECORD],
      cnames: [],
      authenticated: false,
      ttlSeconds: 300,
      server: server.address,
    });
    expect(server.queries.map(({ name, type, transport }) => [name, type, transport])).toEqual([
      [NAME, 'TXT', 'udp'],
    ]);
  });

  it('asks with EDNS0, DO and RD, from a fresh port with a fresh id each time', async () => {
    const { server, resolver } = await start();
    await Promise.all(Array.from({ length: 30 }, () => resolver.lookupTxt(NAME)));
    expect(server.queries).toHaveLength(30);
    const [seen] = server.queries;
    expect(seen?.packet).toMatchObject({
      flag_rd: true,
      additionals: [{ type: 'OPT', flag_do: true, udpPayloadSize: 1232 }],
    });
    expect(new Set(server.queries.map(({ port }) => port)).size).toBeGreaterThan(25);
    expect(new Set(server.queries.map(({ packet }) => packet.id)).size).toBeGreaterThan(25);
  });

  it('STS-3.1-17, AMB-07: joins the strings of a record, never two records', async () => {
    const { server, resolver } = await start();
    server.set(NAME, 'TXT', [['v=STSv1; i', 'd=abc', '123;'], 'other']);
    expect(await resolver.lookupTxt(NAME)).toMatchObject({
      records: ['v=STSv1; id=abc123;', 'other'],
    });
  });

  it.each([1, 3])('STS-3.1-18, STS-3.1-19: follows %i CNAMEs', async (hops) => {
    const { server, resolver } = await start();
    for (let i = 0; i < hops; i += 1) {
      server.set(`c${i}.test`, 'CNAME', [i === hops - 1 ? NAME : `c${i + 1}.test`], {
        ttlSeconds: 50 + i,
      });
    }
    const result = await resolver.lookupTxt('c0.test');
    expect(result).toMatchObject({ records: [RECORD], ttlSeconds: 50 });
    expect(result.kind === 'answer' && result.cnames).toHaveLength(hops);
  });

  it('STS-3.1-19: a CNAME loop is a failure, not a hang', async () => {
    const { server, resolver } = await start();
    server.set('a.test', 'CNAME', ['b.test']);
    server.set('b.test', 'CNAME', ['a.test']);
    expect(await resolver.lookupTxt('a.test')).toMatchObject({
      kind: 'failure',
      code: 'cname-loop',
    });
  });

  it('STS-3.1-19: asks again where the server does not follow', async () => {
    const { server, resolver } = await start();
    server.set('a.test', 'CNAME', [NAME]);
    server.setFault('a.test', 'partial');
    expect(await resolver.lookupTxt('a.test')).toMatchObject({ records: [RECORD], cnames: [NAME] });
    expect(server.count(NAME, 'TXT')).toBe(1);
  });

  it('shows AD', async () => {
    const { server, resolver } = await start();
    server.set(NAME, 'TXT', [RECORD], { authenticated: true });
    expect(await resolver.lookupTxt(NAME)).toMatchObject({ authenticated: true });
  });

  it('reads MX, A, AAAA and TLSA', async () => {
    const { server, resolver } = await start();
    const certificate = Buffer.from('00ff', 'hex');
    server.set('m.test', 'MX', [{ preference: 10, exchange: 'MX.Example.test' }]);
    server.set('m.test', 'A', ['192.0.2.1', '192.0.2.2']);
    server.set('m.test', 'AAAA', ['2001:db8::1']);
    server.set('m.test', 'TLSA', [{ usage: 3, selector: 1, matchingType: 1, certificate }]);
    expect(await resolver.lookupMx('m.test')).toMatchObject({
      records: [{ preference: 10, exchange: 'mx.example.test' }],
    });
    expect(await resolver.lookupA('m.test')).toMatchObject({ records: ['192.0.2.1', '192.0.2.2'] });
    expect(await resolver.lookupAaaa('m.test')).toMatchObject({ records: ['2001:db8::1'] });
    expect(await resolver.lookupTlsa('m.test')).toMatchObject({ records: [{ data: '00ff' }] });
  });

  it('takes an answer of 31 records over TCP', async () => {
    const { server, resolver } = await start();
    const records = Array.from({ length: 31 }, (_, i) => `record ${i} ${'x'.repeat(100)}`);
    server.set('big.test', 'TXT', records);
    expect(await resolver.lookupTxt('big.test')).toMatchObject({ records });
    expect(server.queries.map(({ transport }) => transport)).toEqual(['udp', 'tcp']);
  });

  it('asks a server on IPv6', async () => {
    const server = await startServer({ host: '::1' });
    const resolver = startResolver([server.address]);
    expect(await resolver.lookupTxt(NAME)).toMatchObject({
      records: [RECORD],
      server: server.address,
    });
  });
});

describe('negative answers (RFC 2308)', () => {
  it.each<[DnsFault, string, number | undefined]>([
    ['nxdomain', 'NXDOMAIN', 60],
    ['nodata', 'NOERROR', 60],
    ['nodata-without-soa', 'NOERROR', undefined],
  ])('%s is an answer', async (fault, rcode, ttlSeconds) => {
    const { server, resolver } = await start();
    server.setFault(NAME, fault);
    const result = await resolver.lookupTxt(NAME);
    expect(result).toMatchObject({ kind: 'answer', rcode, records: [], ttlSeconds });
    expect(server.queries).toHaveLength(1);
  });

  it('NXDOMAIN at the end of a CNAME', async () => {
    const { server, resolver } = await start();
    server.set('a.test', 'CNAME', ['gone.test'], { ttlSeconds: 20 });
    expect(await resolver.lookupTxt('a.test')).toMatchObject({
      rcode: 'NXDOMAIN',
      cnames: ['gone.test'],
      ttlSeconds: 20,
    });
  });
});

describe('failures', () => {
  it.each<[DnsFault, string, string, number]>([
    ['timeout', 'timeout', 'did not answer within 120 ms (try 2)', 2],
    ['slow', 'timeout', 'did not answer within 120 ms (try 2)', 2],
    ['servfail', 'servfail', 'answered SERVFAIL (try 1)', 1],
    ['bogus', 'servfail', `SERVFAIL (extended error 6 "signature 'crypto'? failed ?") (try 1)`, 1],
    ['refused', 'refused', 'answered REFUSED (try 1)', 1],
    ['bare-refused', 'refused', 'answered REFUSED (try 1)', 1],
    ['formerr', 'rcode', 'answered FORMERR (try 1)', 1],
    ['badvers', 'rcode', 'answered BADVERS (try 1)', 1],
    ['wrong-id', 'timeout', 'did not answer', 2],
    ['wrong-question', 'timeout', 'did not answer', 2],
    ['wrong-source', 'timeout', 'did not answer', 2],
    ['query-back', 'timeout', 'did not answer', 2],
    ['garbage', 'malformed', 'sent nothing that can be read', 2],
    ['cut', 'malformed', 'sent nothing that can be read', 2],
    ['record-bomb', 'malformed', 'sent nothing that can be read', 2],
    ['pointer-bomb', 'malformed', 'sent nothing that can be read', 2],
    ['truncated-twice', 'malformed', 'sent over TCP what is not a whole answer', 4],
    ['truncated-tcp-closes', 'network', 'closed the TCP connection', 4],
    ['truncated-tcp-partial', 'network', 'closed the TCP connection', 4],
    ['truncated-tcp-silent', 'timeout', 'did not answer', 4],
  ])('%s is %s', async (fault, code, text, queries) => {
    const isSilent = code === 'timeout' || code === 'malformed';
    const { server, resolver } = await start(isSilent ? { timeoutMs: SILENCE_MS } : {});
    server.setFault(NAME, fault);
    const result = await resolver.lookupTxt(NAME);
    expect(result).toMatchObject({ kind: 'failure', code });
    const message = result.kind === 'failure' ? result.message : '';
    expect(message).toContain(text);
    expect(message).toContain(`Cannot look up TXT of "${NAME}": ${server.address} `);
    expect(message).toMatch(/^[\x20-\x7e]{1,400}$/);
    expect(server.queries).toHaveLength(queries);
  });

  it.each<DnsFault>(['spoof-then-real', 'truncated'])('%s ends well', async (fault) => {
    const { server, resolver } = await start();
    server.setFault(NAME, fault);
    expect(await resolver.lookupTxt(NAME)).toMatchObject({ records: [RECORD], ttlSeconds: 300 });
  });

  it('a server that does not listen is network, at once', async () => {
    const resolver = startResolver([await findDeadAddress()], { timeoutMs: 60_000 });
    const result = await resolver.lookupTxt(NAME);
    expect(result).toMatchObject({ kind: 'failure', code: 'network' });
    expect(result.kind === 'failure' && result.message).toContain(
      'cannot be reached (ECONNREFUSED)',
    );
  });

  it('a lost datagram costs one try', async () => {
    const { server, resolver } = await start({ timeoutMs: 200 });
    server.setFault(NAME, 'timeout', 1);
    expect(await resolver.lookupTxt(NAME)).toMatchObject({ records: [RECORD] });
    expect(server.queries).toHaveLength(2);
  });

  it('the deadline ends it all', async () => {
    const { server, resolver } = await start({ timeoutMs: 60_000, deadlineMs: 50 });
    server.setFault(NAME, 'timeout');
    const result = await resolver.lookupTxt(NAME);
    expect(result).toMatchObject({ kind: 'failure', code: 'timeout' });
    expect(result.kind === 'failure' && result.message).toContain('the deadline of 50 ms is over');
  });

  it('time is the clock that was passed in', async () => {
    const clock = createFakeClock();
    const { server, resolver } = await start({ clock, timeoutMs: 1000, tries: 1 });
    server.setFault(NAME, 'timeout');
    let ended = false;
    const lookup = resolver.lookupTxt(NAME).finally(() => (ended = true));
    await clock.advance(999);
    expect(ended).toBe(false);
    await clock.advance(1);
    expect(await lookup).toMatchObject({ code: 'timeout' });
  });

  it.each(['before', 'during'])('the caller gives up %s the lookup', async (when) => {
    const { server, resolver } = await start({ timeoutMs: 60_000, deadlineMs: 60_000 });
    server.setFault(NAME, 'timeout');
    const caller = new AbortController();
    if (when === 'before') caller.abort();
    const lookup = resolver.lookupTxt(NAME, { signal: caller.signal });
    if (when === 'during') setImmediate(() => caller.abort());
    expect(await lookup).toMatchObject({ kind: 'failure', code: 'timeout' });
  });

  it('close ends what is under way, and what comes later', async () => {
    const { server, resolver } = await start({
      timeoutMs: 60_000,
      deadlineMs: 60_000,
      maxSockets: 3,
    });
    server.setFault(NAME, 'timeout');
    const lookups = Array.from({ length: 10 }, () => resolver.lookupTxt(NAME));
    setImmediate(() => resolver.close());
    for (const result of await Promise.all(lookups)) {
      expect(result).toMatchObject({ kind: 'failure', code: 'network' });
    }
    expect(await resolver.lookupTxt(NAME)).toMatchObject({ kind: 'failure', code: 'network' });
  });
});

describe('several servers', () => {
  it.each<DnsFault>([
    'servfail',
    'refused',
    'formerr',
    'timeout',
    'garbage',
    'truncated-tcp-closes',
  ])('the second is asked when the first answers %s', async (fault) => {
    const [first, second] = [await startServer(), await startServer()];
    first.setFault(NAME, fault);
    const resolver = startResolver([first.address, second.address], { timeoutMs: 200 });
    expect(await resolver.lookupTxt(NAME)).toMatchObject({
      records: [RECORD],
      server: second.address,
    });
  });

  it('NXDOMAIN of the first is the answer', async () => {
    const [first, second] = [await startServer(), await startServer()];
    first.setFault(NAME, 'nxdomain');
    const resolver = startResolver([first.address, second.address]);
    expect(await resolver.lookupTxt(NAME)).toMatchObject({
      rcode: 'NXDOMAIN',
      server: first.address,
    });
    expect(second.queries).toEqual([]);
  });

  it('tells the failure that says most, and names both servers', async () => {
    const [first, second] = [await startServer(), await startServer()];
    first.setFault(NAME, 'servfail');
    second.setFault(NAME, 'timeout');
    const result = await startResolver([first.address, second.address], {
      timeoutMs: SILENCE_MS,
    }).lookupTxt(NAME);
    expect(result).toMatchObject({ kind: 'failure', code: 'servfail' });
    expect(result.kind === 'failure' && result.message).toContain(
      `${first.address} answered SERVFAIL (try 1); ${second.address} did not answer within 120 ms (try 2)`,
    );
    expect([first.queries.length, second.queries.length]).toEqual([1, 2]);
  });

  it('a server that did not answer comes last for ten seconds', async () => {
    const clock = createFakeClock();
    const [first, second] = [await startServer(), await startServer()];
    first.setFault(NAME, 'record-bomb');
    const resolver = startResolver([first.address, second.address], { clock, timeoutMs: 100 });
    const lookup = resolver.lookupTxt(NAME);
    while (first.queries.length === 0) await clock.advance(0);
    await clock.advance(100);
    await lookup;
    await resolver.lookupTxt(NAME);
    expect([first.queries.length, second.queries.length]).toEqual([1, 2]);
    first.setFault(NAME, undefined);
    await clock.advance(10_000);
    await resolver.lookupTxt(NAME);
    expect([first.queries.length, second.queries.length]).toEqual([2, 2]);
  });
});

describe('configuration', () => {
  it.each([[[]], [['localhost']], [['127.0.0.1', '127.0.0.1:0']]])(
    'refuses the servers %j',
    (servers) => {
      expect(() => createResolver({ clock: systemClock, servers })).toThrow(TypeError);
    },
  );

  it('takes the servers of a resolv.conf, and tells what is wrong with it', async () => {
    const server = await startServer();
    const folder = await mkdtemp(join(tmpdir(), 'sekisho-dns-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const resolvConfPath = join(folder, 'resolv.conf');
    await writeFile(resolvConfPath, `nameserver x\nnameserver ${server.address}\n`);
    const errors: string[] = [];
    const resolver = createResolver({
      ...PATIENT,
      resolvConfPath,
      onConfigurationError: (message) => errors.push(message),
    });
    onTestFinished(() => resolver.close());
    expect(await resolver.lookupTxt(NAME)).toMatchObject({ records: [RECORD] });
    expect(errors).toHaveLength(1);
  });
});

describe('under load', () => {
  it('500 lookups at once over 20 sockets', async () => {
    const { server, resolver } = await start({
      maxSockets: 20,
      timeoutMs: 5000,
      deadlineMs: 20_000,
    });
    for (let i = 0; i < 500; i += 1) server.set(`n${i}.test`, 'TXT', [`record ${i}`]);
    const results = await Promise.all(
      Array.from({ length: 500 }, (_, i) => resolver.lookupTxt(`n${i}.test`)),
    );
    for (const [i, result] of results.entries()) {
      expect(result).toMatchObject({ records: [`record ${i}`] });
    }
  });

  it.each<DnsFault | undefined>([undefined, 'timeout', 'spoof-then-real', 'truncated-tcp-silent'])(
    'no socket stays open after lookups (%s)',
    async (fault) => {
      const { server, resolver } = await start({ timeoutMs: 200 });
      server.setFault(NAME, fault);
      const before = await countOpenSockets();
      await Promise.all(Array.from({ length: 50 }, () => resolver.lookupTxt(NAME)));
      await expect.poll(countOpenSockets, { interval: 5 }).toBe(before);
    },
  );

  it('no socket stays open, whenever the caller gives up', async () => {
    const { server, resolver } = await start();
    server.setFault(NAME, 'timeout');
    const before = await countOpenSockets();
    for (let turns = 0; turns < 30; turns += 1) {
      const caller = new AbortController();
      const lookup = resolver.lookupTxt(NAME, { signal: caller.signal });
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
      caller.abort();
      expect(await lookup).toMatchObject({ kind: 'failure', code: 'timeout' });
    }
    await expect.poll(countOpenSockets, { interval: 5 }).toBe(before);
  });
});
