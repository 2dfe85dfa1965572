import { describe, expect, it, onTestFinished } from 'vitest';
import { startDnsServer } from '../../../../../test/peers/dns-server.ts';
import { systemClock } from '../clock/index.ts';
import { createResolver } from './create-resolver.ts';
import { createFakeResolver, fakeAnswer, fakeFailure } from './fake-resolver.ts';
import type { Resolver } from './resolver.ts';

const RECORDS = ['v=STSv1; id=1;', 'something else'];
const MX = [{ preference: 10, exchange: 'mx.example.test' }];
const CAA = { isCritical: true, tag: 'issue', value: 'ca.example.net; policy=ev' };
const TLSA = { usage: 3, selector: 1, matchingType: 1 };

async function startReal(): Promise<Resolver> {
  const server = await startDnsServer();
  onTestFinished(() => server.close());
  server.set('_mta-sts.example.test', 'TXT', RECORDS);
  server.set('alias.test', 'CNAME', ['_mta-sts.example.test']);
  server.set('example.test', 'MX', MX);
  server.set('mx.example.test', 'A', ['192.0.2.1']);
  server.set('mx.example.test', 'AAAA', ['2001:db8::1']);
  server.set('_25._tcp.mx.example.test', 'TLSA', [{ ...TLSA, certificate: Buffer.from([255]) }], {
    authenticated: true,
  });
  server.set('example.test', 'NS', ['NS1.example.test']);
  server.set('example.test', 'CAA', [
    { flags: 128, tag: 'issue', value: CAA.value, issuerCritical: true },
  ]);
  server.set('broken.test', 'A', ['192.0.2.1']);
  server.setFault('broken.test', 'servfail');
  return createResolver({ clock: systemClock, servers: [server.address] });
}

function startFake(): Promise<Resolver> {
  const resolver = createFakeResolver({
    'txt _mta-sts.example.test': fakeAnswer(RECORDS),
    'txt alias.test': () => fakeAnswer(RECORDS, { cnames: ['_mta-sts.example.test'] }),
    'mx example.test': fakeAnswer(MX),
    'a mx.example.test': fakeAnswer(['192.0.2.1']),
    'tlsa _25._tcp.mx.example.test': fakeAnswer([{ ...TLSA, data: 'ff' }], { authenticated: true }),
    'ns example.test': fakeAnswer(['ns1.example.test']),
    'caa example.test': fakeAnswer([CAA]),
    'txt broken.test': () => Promise.resolve(fakeFailure('servfail')),
    'txt example.test': fakeAnswer<string>([]),
  });
  resolver.set('aaaa mx.example.test', fakeAnswer(['2001:db8::1']));
  return Promise.resolve(resolver);
}

describe.each([
  ['createResolver', startReal],
  ['createFakeResolver', startFake],
])('Resolver: %s', (_name, start) => {
  const open = async (): Promise<Resolver> => {
    const resolver = await start();
    onTestFinished(() => resolver.close());
    return resolver;
  };

  it('finds records, the name in any case', async () => {
    const resolver = await open();
    const result = await resolver.lookupTxt('_MTA-STS.example.test');
    expect(result).toMatchObject({
      kind: 'answer',
      rcode: 'NOERROR',
      records: RECORDS,
      cnames: [],
      authenticated: false,
      ttlSeconds: 300,
    });
    expect(result.kind === 'answer' && result.server).toMatch(/^[0-9.]+:[0-9]+$/);
  });

  it('finds every type', async () => {
    const resolver = await open();
    expect(await resolver.lookupMx('example.test')).toMatchObject({ records: MX });
    expect(await resolver.lookupA('mx.example.test')).toMatchObject({ records: ['192.0.2.1'] });
    expect(await resolver.lookupAaaa('mx.example.test')).toMatchObject({
      records: ['2001:db8::1'],
    });
    expect(await resolver.lookupTlsa('_25._tcp.mx.example.test')).toMatchObject({
      records: [{ ...TLSA, data: 'ff' }],
      authenticated: true,
    });
    expect(await resolver.lookupNs('example.test')).toMatchObject({
      records: ['ns1.example.test'],
    });
    expect(await resolver.lookupCaa('example.test')).toMatchObject({ records: [CAA] });
  });

  it('shows CNAMEs', async () => {
    const resolver = await open();
    expect(await resolver.lookupTxt('alias.test')).toMatchObject({
      records: RECORDS,
      cnames: ['_mta-sts.example.test'],
    });
  });

  it('answers NXDOMAIN and NODATA without records', async () => {
    const resolver = await open();
    expect(await resolver.lookupTxt('nowhere.test')).toMatchObject({
      kind: 'answer',
      rcode: 'NXDOMAIN',
      records: [],
    });
    expect(await resolver.lookupTxt('example.test')).toMatchObject({
      kind: 'answer',
      rcode: 'NOERROR',
      records: [],
    });
  });

  it('fails by value', async () => {
    const resolver = await open();
    expect(await resolver.lookupTxt('broken.test')).toMatchObject({
      kind: 'failure',
      code: 'servfail',
    });
  });

  it('fails with timeout when the caller gave up, with network when closed', async () => {
    const resolver = await open();
    const signal = AbortSignal.abort();
    expect(await resolver.lookupTxt('example.test', { signal })).toMatchObject({ code: 'timeout' });
    resolver.close();
    expect(await resolver.lookupTxt('example.test')).toMatchObject({ code: 'network' });
  });
});

describe('createFakeResolver', () => {
  it('counts lookups and changes during a test', async () => {
    const resolver = createFakeResolver({ 'a x.test': fakeAnswer(['192.0.2.1']) });
    await resolver.lookupA('X.test');
    resolver.set('a x.test', fakeFailure('timeout'));
    expect(await resolver.lookupA('x.test')).toMatchObject({ code: 'timeout' });
    resolver.remove('a x.test');
    expect(await resolver.lookupA('x.test')).toMatchObject({ rcode: 'NXDOMAIN' });
    expect(resolver.count('a x.test')).toBe(3);
    expect(resolver.lookups).toEqual(['a x.test', 'a x.test', 'a x.test']);
  });
});
