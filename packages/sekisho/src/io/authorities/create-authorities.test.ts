import { describe, expect, it, onTestFinished } from 'vitest';
import { type DnsServer, startDnsServer } from '../../../../../test/peers/dns-server.ts';
import { createFakeClock, systemClock } from '../clock/index.ts';
import { createFakeResolver, fakeAnswer, fakeFailure } from '../dns/index.ts';
import { type AuthoritiesOptions, createAuthorities } from './create-authorities.ts';

const NAME = '_mta-sts.example.test';
const TEXT = 'v=STSv1; id=1;';

interface World {
  /** On 127.0.0.1: `ns1` of both zones. */
  readonly first: DnsServer;
  /** On ::1, the same port: `ns2` of both zones. */
  readonly second: DnsServer;
  readonly resolver: ReturnType<typeof createFakeResolver>;
  readonly lookup: (name?: string, signal?: AbortSignal) => ReturnType<typeof ask>;
}

function ask(
  authorities: ReturnType<typeof createAuthorities>,
  name: string,
  signal?: AbortSignal,
) {
  return authorities.lookupTxt(name, signal === undefined ? {} : { signal });
}

async function startPeer(host: string, port: number): Promise<DnsServer> {
  const server = await startDnsServer({ host, port, zones: ['example.test', 'provider.test'] });
  onTestFinished(() => server.close());
  server.set(NAME, 'TXT', [TEXT, 'other']);
  return server;
}

async function startWorld(options: Partial<AuthoritiesOptions> = {}): Promise<World> {
  const first = await startPeer('127.0.0.1', 0);
  const second = await startPeer('::1', first.port);
  const resolver = createFakeResolver({
    'ns example.test': fakeAnswer(['ns1.example.test', 'ns2.example.test']),
    'ns provider.test': fakeAnswer(['ns1.example.test', 'ns2.example.test']),
    'a ns1.example.test': fakeAnswer(['127.0.0.1']),
    'aaaa ns2.example.test': fakeAnswer(['::1']),
  });
  const authorities = createAuthorities({
    clock: systemClock,
    resolver,
    port: first.port,
    ...options,
  });
  onTestFinished(() => authorities.close());
  return {
    first,
    second,
    resolver,
    lookup: (name = NAME, signal) => ask(authorities, name, signal),
  };
}

const at = (port: number) => ({
  ns1: { server: 'ns1.example.test', address: '127.0.0.1', port },
  ns2: { server: 'ns2.example.test', address: '::1', port },
});

describe('createAuthorities', () => {
  it('asks every server of the zone directly, without recursion', async () => {
    const { first, second, lookup } = await startWorld();
    const found = await lookup('_MTA-STS.Example.test.');
    const { ns1, ns2 } = at(first.port);
    expect(found).toEqual({
      kind: 'asked',
      zone: 'example.test',
      name: NAME,
      answers: [
        [ns1, `127.0.0.1:${first.port}`],
        [ns2, `[::1]:${first.port}`],
      ].map(([place, server]) => ({
        server: (place as typeof ns1).server,
        address: (place as typeof ns1).address,
        result: fakeAnswer([TEXT, 'other'], { server: server as string }),
      })),
    });
    for (const peer of [first, second]) {
      expect(peer.queries).toHaveLength(1);
      expect(peer.queries[0]?.packet.flag_rd).toBe(false);
    }
  });

  it('finds the zone at the closest name that has NS records', async () => {
    const { resolver, lookup } = await startWorld();
    resolver.set('ns sub.example.test', fakeAnswer(['ns1.example.test']));
    expect(await lookup('_mta-sts.sub.example.test')).toMatchObject({
      zone: 'sub.example.test',
      answers: [{ server: 'ns1.example.test', result: { rcode: 'NXDOMAIN', records: [] } }],
    });
    expect(resolver.lookups.slice(0, 2)).toEqual([
      'ns _mta-sts.sub.example.test',
      'ns sub.example.test',
    ]);
  });

  it('NS records behind a CNAME are those of another name', async () => {
    const { first, second, resolver, lookup } = await startWorld();
    resolver.set(`ns ${NAME}`, fakeAnswer(['ns9.provider.test'], { cnames: ['provider.test'] }));
    for (const peer of [first, second]) {
      peer.remove(NAME);
      peer.set(NAME, 'CNAME', ['x.provider.test']);
      peer.set('x.provider.test', 'TXT', ['v=STSv1; id=7;']);
    }
    expect(await lookup()).toMatchObject({
      kind: 'asked',
      zone: 'provider.test',
      name: 'x.provider.test',
      answers: [
        { result: { records: ['v=STSv1; id=7;'], cnames: ['x.provider.test'] } },
        { result: { records: ['v=STSv1; id=7;'] } },
      ],
    });
  });

  it('where servers disagree on a CNAME, all that is said is listed', async () => {
    const { first, second, lookup } = await startWorld();
    first.remove(NAME);
    first.set(NAME, 'CNAME', ['x.provider.test']);
    second.set('x.provider.test', 'TXT', ['v=STSv1; id=7;']);
    const found = await lookup();
    const said = found.kind === 'asked' ? found.answers : [];
    expect(
      said.map(({ server, result }) => [server, result.kind === 'answer' && result.records]),
    ).toEqual([
      ['ns2.example.test', [TEXT, 'other']],
      ['ns1.example.test', []],
      ['ns2.example.test', ['v=STSv1; id=7;']],
    ]);
  });

  it('a loop of CNAMEs, and a chain of 17, end', async () => {
    const { first, second, lookup } = await startWorld();
    for (const peer of [first, second]) {
      peer.set('a.example.test', 'CNAME', ['b.example.test']);
      peer.set('b.example.test', 'CNAME', ['a.example.test']);
      for (let i = 0; i < 17; i += 1) {
        peer.set(`n${i}.example.test`, 'CNAME', [`n${i + 1}.example.test`]);
      }
    }
    for (const name of ['a.example.test', 'n0.example.test']) {
      const found = await lookup(name);
      expect(found).toMatchObject({
        answers: [{ result: { code: 'cname-loop' } }, { result: { code: 'cname-loop' } }],
      });
    }
  });

  it('takes a long answer over TCP', async () => {
    const { first, second, lookup } = await startWorld();
    const records = Array.from({ length: 20 }, (_, i) => `${i} ${'x'.repeat(100)}`);
    for (const peer of [first, second]) peer.set(NAME, 'TXT', records);
    expect(await lookup()).toMatchObject({
      answers: [{ result: { records } }, { result: { records } }],
    });
    expect(first.queries.map(({ transport }) => transport)).toEqual(['udp', 'tcp']);
  });
});

describe('servers that give no answer', () => {
  it('are failures of their own address', async () => {
    const { second, resolver, lookup } = await startWorld({ timeoutMs: 50 });
    resolver.set(
      'ns example.test',
      fakeAnswer(['ns1.example.test', 'ns2.example.test', 'ns3.example.test', 'ns4.example.test']),
    );
    resolver.set('a ns4.example.test', fakeFailure('servfail'));
    second.setFault(NAME, 'timeout');
    expect(await lookup()).toMatchObject({
      answers: [
        { server: 'ns1.example.test', result: { kind: 'answer' } },
        { server: 'ns2.example.test', address: '::1', result: { code: 'timeout' } },
        { server: 'ns3.example.test', address: '', result: { code: 'network' } },
        { server: 'ns4.example.test', address: '', result: { code: 'servfail' } },
      ],
    });
  });

  it('one without authority is no witness', async () => {
    const { first, resolver, lookup } = await startWorld();
    const lame = await startDnsServer({ host: '127.0.0.2', port: first.port });
    onTestFinished(() => lame.close());
    lame.set(NAME, 'TXT', [TEXT]);
    resolver.set('a ns1.example.test', fakeAnswer(['127.0.0.2']));
    const found = await lookup();
    expect(found).toMatchObject({ answers: [{ result: { code: 'refused' } }, {}] });
    expect(JSON.stringify(found)).toContain('answered without authority');
  });

  it('a server that is not reached is network', async () => {
    const { resolver, lookup } = await startWorld();
    resolver.set('a ns1.example.test', fakeAnswer(['127.0.0.3']));
    expect(await lookup()).toMatchObject({ answers: [{ result: { code: 'network' } }, {}] });
  });
});

describe('bounds', () => {
  it('asks 16 servers and 8 addresses of each at most', async () => {
    const { first, resolver, lookup } = await startWorld();
    const servers = Array.from({ length: 40 }, (_, i) => `ns${i}.many.test`);
    resolver.set('ns example.test', fakeAnswer(servers));
    for (const server of servers) {
      resolver.set(
        `a ${server}`,
        fakeAnswer(Array.from({ length: 40 }, (_, i) => `127.0.0.${i + 1}`)),
      );
    }
    first.setFault(NAME, 'refused');
    const found = await lookup();
    expect(found.kind === 'asked' && found.answers).toHaveLength(16 * 4);
  });

  it('ends at the deadline, whoever is silent', async () => {
    const clock = createFakeClock();
    const { first, second, lookup } = await startWorld({
      clock,
      deadlineMs: 5000,
      timeoutMs: 60_000,
    });
    first.setFault(NAME, 'timeout');
    second.setFault(NAME, 'timeout');
    const found = lookup();
    while (first.queries.length + second.queries.length < 2) await clock.advance(0);
    await clock.advance(5000);
    expect(await found).toMatchObject({
      answers: [{ result: { code: 'timeout' } }, { result: { code: 'timeout' } }],
    });
  });

  it('ends when the caller gives up', async () => {
    const { lookup } = await startWorld();
    expect(await lookup(NAME, AbortSignal.abort())).toMatchObject({
      kind: 'failure',
      code: 'timeout',
    });
  });
});

describe('zones that cannot be found', () => {
  it.each([
    ['nowhere.invalid', 'zone-not-found'],
    ['a..b', 'zone-not-found'],
    ['broken.test', 'servfail'],
  ])('%s: %s', async (name, code) => {
    const { resolver, lookup } = await startWorld();
    resolver.set('ns broken.test', fakeFailure('servfail'));
    expect(await lookup(name)).toMatchObject({ kind: 'failure', code });
  });
});
