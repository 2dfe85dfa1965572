import { type Domain, parseDomain } from '@sekisho/spec';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { openBlackHole } from '../../../../../test/peers/black-hole.ts';
import {
  createCertificateAuthority,
  type IssuedCertificate,
} from '../../../../../test/peers/certificates.ts';
import { startConnectProxy } from '../../../../../test/peers/connect-proxy.ts';
import {
  chunked,
  cutChunks,
  cutShort,
  endless,
  gzipped,
  hangUp,
  hugeHeaders,
  type PolicyAnswer,
  raw,
  redirect,
  silent,
  slow,
  unframed,
  whole,
} from '../../../../../test/peers/policy-answers.ts';
import {
  type PolicyHost,
  type PolicyHostOptions,
  startPolicyHost,
} from '../../../../../test/peers/policy-host.ts';
import { createFakeClock } from '../clock/index.ts';
import { createFakeResolver, fakeAnswer, fakeFailure } from '../dns/index.ts';
import { createPolicyClient, type PolicyClientOptions } from './create-policy-client.ts';

const DAY_MS = 86_400_000;
const HOST = 'mta-sts.a.test';
const BODY = 'version: STSv1\r\nmode: enforce\r\nmx: mx.a.test\r\nmax_age: 86400\r\n';
const authority = createCertificateAuthority();
const stranger = createCertificateAuthority(undefined, 'Stranger');
const valid = authority.issue({ dnsNames: [HOST] });

function domain(text: string): Domain {
  const result = parseDomain(text);
  if (!result.ok) throw new Error(text);
  return result.value;
}

const toClose: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of toClose.splice(0)) await each.close();
});

/** A policy host for a.test, a client for it, and a clock that stands still. */
async function setUp({
  answer = whole(BODY),
  certificate = valid,
  host = {},
  ...options
}: SetUp = {}) {
  const policyHost: PolicyHost = await startPolicyHost(host);
  toClose.push(policyHost);
  policyHost.serve(HOST, certificate, answer);
  const clock = createFakeClock();
  const resolver = createFakeResolver({
    [`a ${HOST}`]: fakeAnswer(['127.0.0.1'], { cnames: ['policies.provider.test'] }),
    [`aaaa ${HOST}`]: fakeAnswer([]),
  });
  const client = createPolicyClient({
    resolver,
    clock,
    ca: [authority.rootPem],
    allowedAddresses: ['127.0.0.0/8', '::1'],
    port: policyHost.port,
    ...options,
  });
  toClose.unshift(client);
  const fetch = (signal?: AbortSignal) =>
    client.fetchPolicyBody(domain('a.test'), signal === undefined ? {} : { signal });
  return { policyHost, clock, resolver, client, fetch };
}

interface SetUp extends Partial<PolicyClientOptions> {
  readonly answer?: PolicyAnswer;
  readonly certificate?: IssuedCertificate;
  readonly host?: PolicyHostOptions;
}

function until(check: () => boolean): Promise<void> {
  return vi.waitFor(() => expect(check()).toBe(true), { interval: 2, timeout: 10_000 });
}

describe('fetchPolicyBody: a good policy host (RFC 8461 §3.2, §3.3)', () => {
  it('STS-3.2-1, STS-3.3-1, STS-3.3-11, STS-7.1-2: asks for one path by GET over TLS with SNI, without conditions', async () => {
    const { fetch, policyHost } = await setUp();
    expect(await fetch()).toMatchObject({ kind: 'body', body: BODY });
    expect(policyHost.requests).toEqual([
      {
        method: 'GET',
        path: '/.well-known/mta-sts.txt',
        headers: {
          host: `${HOST}:${policyHost.port}`,
          'user-agent': 'sekisho',
          accept: 'text/plain',
          'accept-encoding': 'identity',
          connection: 'close',
        },
        serverName: HOST,
        tlsVersion: 'TLSv1.3',
      },
    ]);
  });

  it('STS-3.2-2: looks up A and AAAA of the policy host and nothing else, whatever CNAMEs there are', async () => {
    const { fetch, resolver } = await setUp();
    await fetch();
    expect([...resolver.lookups].sort()).toEqual([`a ${HOST}`, `aaaa ${HOST}`]);
  });

  it('shows what it saw', async () => {
    const { fetch } = await setUp();
    expect((await fetch()).trace).toEqual({
      addresses: ['127.0.0.1'],
      remoteAddress: '127.0.0.1',
      tlsVersion: 'TLSv1.3',
      certificate: {
        dnsNames: [HOST],
        issuer: 'CN=Sekisho test intermediate',
        notBeforeMs: expect.any(Number),
        notAfterMs: expect.any(Number),
      },
      status: 200,
      contentType: 'text/plain',
      durationMs: 0,
    });
  });

  it('STS-3.3-11: reaches the origin each time, whatever it allows to cache', async () => {
    const headers = { 'Cache-Control': 'max-age=3600', ETag: '"1"' };
    const { fetch, policyHost } = await setUp({ answer: whole(BODY, { headers }) });
    await fetch();
    await fetch();
    expect(policyHost.requests).toHaveLength(2);
    expect(policyHost.connections).toBe(2);
    expect(policyHost.requests[1]?.headers).not.toHaveProperty('if-none-match');
  });

  it.each([
    ['STS-3.3-15: 65,536 bytes', whole('x'.repeat(65_536)), 'x'.repeat(65_536)],
    ['chunks', chunked(BODY), BODY],
    ['gzip unasked', gzipped(BODY), BODY],
    ['the end of the connection as the end of the body', unframed(BODY), BODY],
    ['STS-3.3-15: 65,536 bytes in gzip', gzipped('x'.repeat(65_536)), 'x'.repeat(65_536)],
    ['an empty body', whole(''), ''],
    ['STS-3.2-3: a type in other case', whole(BODY, { contentType: 'Text/Plain' }), BODY],
    [
      'STS-3.2-4: other parameters',
      whole(BODY, { contentType: 'text/plain; charset=iso-8859-1; foo=bar' }),
      BODY,
    ],
    ['octets that are not UTF-8', whole(Buffer.from([0x76, 0xff])), 'v\ufffd'],
  ])('takes %s', async (_title, answer, body) => {
    const { fetch } = await setUp({ answer });
    expect(await fetch()).toMatchObject({ kind: 'body', body });
  });

  it('STS-7.2-1: speaks TLS 1.2 where there is no 1.3', async () => {
    const { fetch } = await setUp({ host: { mode: 'tls-1.2' } });
    expect(await fetch()).toMatchObject({ kind: 'body', trace: { tlsVersion: 'TLSv1.2' } });
  });

  it('STS-3.3-7: takes a wildcard that is the whole left-most label', async () => {
    const certificate = authority.issue({ dnsNames: ['*.a.test'] });
    const { fetch } = await setUp({ certificate });
    expect(await fetch()).toMatchObject({ kind: 'body' });
  });

  it('takes another media type when told so (AMB-11)', async () => {
    const answer = whole(BODY, { contentType: null });
    const { fetch } = await setUp({ answer, requireTextPlain: false });
    expect(await fetch()).toMatchObject({ kind: 'body', body: BODY });
  });
});

describe('fetchPolicyBody: certificates (RFC 8461 §3.3)', () => {
  const past = new Date(Date.now() - DAY_MS / 2);
  const future = new Date(Date.now() + DAY_MS);
  const dnsNames = [HOST];
  const cases: [string, IssuedCertificate, string, string][] = [
    [
      'STS-3.3-4: expired',
      authority.issue({ dnsNames, notAfter: past }),
      'tls-certificate-expired',
      'CERT_HAS_EXPIRED',
    ],
    [
      'STS-3.3-4: not yet valid',
      authority.issue({ dnsNames, notBefore: future }),
      'tls-certificate-not-yet-valid',
      'CERT_NOT_YET_VALID',
    ],
    [
      'STS-3.3-3: self-signed',
      authority.issue({ dnsNames, signedBy: 'self' }),
      'tls-certificate-not-trusted',
      'DEPTH_ZERO_SELF_SIGNED_CERT',
    ],
    [
      'STS-3.3-3: of another CA',
      stranger.issue({ dnsNames }),
      'tls-certificate-not-trusted',
      'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    ],
    [
      'STS-3.3-3: without the intermediate',
      authority.issue({ dnsNames, withoutIntermediate: true }),
      'tls-certificate-not-trusted',
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    ],
    [
      'STS-3.3-2: for another name',
      authority.issue({ dnsNames: ['mta-sts.b.test'] }),
      'tls-certificate-name',
      'ERR_TLS_CERT_ALTNAME_INVALID',
    ],
    [
      'STS-3.3-2: for the policy host of the provider behind the CNAME',
      authority.issue({ dnsNames: ['policies.provider.test'] }),
      'tls-certificate-name',
      'ERR_TLS_CERT_ALTNAME_INVALID',
    ],
    [
      'STS-3.3-6: with the name as Common Name only',
      authority.issue({ commonName: HOST }),
      'tls-certificate-name',
      'ERR_TLS_CERT_ALTNAME_INVALID',
    ],
    [
      'STS-3.3-7: with a wildcard in a part of a label',
      authority.issue({ dnsNames: ['mta*.a.test'] }),
      'tls-certificate-name',
      'ERR_TLS_CERT_ALTNAME_INVALID',
    ],
    [
      'STS-3.3-7: with a wildcard for two labels',
      authority.issue({ dnsNames: ['*.test'] }),
      'tls-certificate-name',
      'ERR_TLS_CERT_ALTNAME_INVALID',
    ],
  ];

  it.each(cases)(
    'refuses one %s, and sends no request',
    async (_title, certificate, code, reason) => {
      const { fetch, policyHost } = await setUp({ certificate });
      const outcome = await fetch();
      expect(outcome).toMatchObject({
        kind: 'failure',
        code,
        resultType: 'sts-webpki-invalid',
        reason,
      });
      expect(outcome.trace.certificate?.issuer).toMatch(/^CN=/);
      expect(outcome.trace.certificate?.notAfterMs).toBeGreaterThan(0);
      expect(outcome.trace.status).toBeUndefined();
      expect(policyHost.requests).toEqual([]);
    },
  );

  it('refuses them where the environment tells Node to accept everything', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    const certificate = authority.issue({ dnsNames, signedBy: 'self' });
    const { fetch, policyHost } = await setUp({ certificate });
    expect(await fetch()).toMatchObject({ code: 'tls-certificate-not-trusted' });
    expect(policyHost.requests).toEqual([]);
    vi.unstubAllEnvs();
  });

  it('STS-3.3-5: trusts no private CA unless its certificate is given', async () => {
    const { policyHost, clock, resolver } = await setUp();
    const client = createPolicyClient({
      resolver,
      clock,
      port: policyHost.port,
      allowedAddresses: ['any'],
    });
    expect(await client.fetchPolicyBody(domain('a.test'))).toMatchObject({
      code: 'tls-certificate-not-trusted',
    });
  });

  it('trusts every certificate of a CA file', async () => {
    const { fetch } = await setUp({ ca: [`# both\n${stranger.rootPem}\n${authority.rootPem}`] });
    expect(await fetch()).toMatchObject({ kind: 'body' });
  });

  it('shows names and dates of the certificate that it refused', async () => {
    const certificate = authority.issue({ dnsNames, notAfter: past });
    const { fetch } = await setUp({ certificate });
    const { trace } = await fetch();
    expect(trace.certificate?.dnsNames).toEqual([HOST]);
    expect(trace.certificate?.notAfterMs).toBe(Math.floor(past.getTime() / 1000) * 1000);
  });
});

describe('fetchPolicyBody: TLS (RFC 8461 §7.2)', () => {
  it.each([
    ['tls-1.1', 'tls-version', /PROTOCOL/],
    ['not-tls', 'tls-handshake', /^ERR_SSL_/],
    ['hang-up', 'network', /^ECONNRESET$/],
  ] as const)('STS-7.2-1: fails with a host that is %s', async (mode, code, reason) => {
    const { fetch, policyHost } = await setUp({ host: { mode } });
    expect(await fetch()).toMatchObject({
      kind: 'failure',
      code,
      resultType: 'sts-policy-fetch-error',
      reason: expect.stringMatching(reason),
    });
    expect(policyHost.requests).toEqual([]);
  });

  it('STS-7.1-2: fails with a host that does not know the name', async () => {
    const { client, policyHost, resolver } = await setUp();
    resolver.set('a mta-sts.b.test', fakeAnswer(['127.0.0.1']));
    const outcome = await client.fetchPolicyBody(domain('b.test'));
    expect(outcome).toMatchObject({ kind: 'failure' });
    expect(policyHost.requests).toEqual([]);
  });
});

describe('fetchPolicyBody: answers that do not count (RFC 8461 §3.3)', () => {
  it.each([201, 203, 204, 206, 304, 400, 404, 410, 429, 500, 503])(
    'STS-3.3-9: status %i with a correct body',
    async (status) => {
      const { fetch } = await setUp({ answer: whole(BODY, { status }) });
      expect(await fetch()).toMatchObject({
        code: status === 304 ? 'http-redirect' : 'http-status',
        message: `Cannot fetch policy of "a.test": status is ${status}, must be 200 (RFC 8461 §3.3)`,
        trace: { status },
      });
    },
  );

  it.each([300, 301, 302, 303, 307, 308])(
    'STS-3.3-10: redirect %i is not followed',
    async (status) => {
      const { fetch, policyHost } = await setUp({
        answer: redirect(status, `https://${HOST}/elsewhere`),
      });
      expect(await fetch()).toMatchObject({
        code: 'http-redirect',
        resultType: 'sts-policy-fetch-error',
        message: `Cannot fetch policy of "a.test": status is ${status}, must be 200 (RFC 8461 §3.3)`,
      });
      expect(policyHost.requests.map(({ path }) => path)).toEqual(['/.well-known/mta-sts.txt']);
      expect(policyHost.connections).toBe(1);
    },
  );

  it.each([
    ['STS-3.2-3: text/html', whole(BODY, { contentType: 'text/html' }), 'http-media-type'],
    ['STS-3.2-3: no media type', whole(BODY, { contentType: null }), 'http-media-type'],
    ['STS-3.3-15: 65,537 bytes', whole('x'.repeat(65_537)), 'body-too-large'],
    ['STS-3.3-15: 65,537 bytes in gzip', gzipped('x'.repeat(65_537)), 'body-too-large'],
    ['STS-3.3-15: 65,537 bytes in chunks', chunked('x'.repeat(65_537)), 'body-too-large'],
    ['STS-3.3-15: a gzip bomb', gzipped(Buffer.alloc(50_000_000)), 'body-too-large'],
    ['STS-3.3-15: an endless body', endless(), 'body-too-large'],
    ['a body cut short', cutShort(BODY), 'network'],
    ['a body without a length that ends within a line', unframed(BODY.slice(0, -4)), 'network'],
    ['chunks cut short', cutChunks(BODY), 'network'],
    ['STS-3.3-15: 65,537 bytes without a length', unframed('x'.repeat(65_537)), 'body-too-large'],
    [
      'an unknown content coding',
      whole(BODY, { headers: { 'Content-Encoding': 'rot13' } }),
      'http-malformed',
    ],
    [
      'gzip that is none',
      whole(BODY, { headers: { 'Content-Encoding': 'gzip' } }),
      'http-malformed',
    ],
    ['headers of 100 kilobytes', hugeHeaders(), 'http-malformed'],
    ['no HTTP', raw('220 mail.a.test ESMTP\r\n'), 'http-malformed'],
    ['a hang-up', hangUp(), 'network'],
    [
      'another protocol',
      raw('HTTP/1.1 101 Yes\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'),
      'http-status',
    ],
  ])('%s', async (_title, answer, code) => {
    const { fetch } = await setUp({ answer });
    expect(await fetch()).toMatchObject({
      kind: 'failure',
      code,
      resultType: 'sts-policy-fetch-error',
      message: expect.stringMatching(/^Cannot fetch policy of "a\.test": [\x20-\x7e§]+$/),
    });
  });

  it('lets nothing that is not printable into messages and trace', async () => {
    const answer = whole(BODY, { contentType: `text/\u00e9${'x'.repeat(5000)}` });
    const { fetch } = await setUp({ answer });
    const outcome = await fetch();
    expect(outcome).toMatchObject({ message: expect.stringMatching(/"text\/\?x+\.\.\."/) });
    expect(outcome.trace.contentType).toHaveLength(203);
  });
});

describe('fetchPolicyBody: time (RFC 8461 §3.3)', () => {
  it.each([
    ['says nothing', silent()],
    ['sends an octet at a time', slow(BODY)],
  ])('STS-3.3-14: a host that %s meets the total deadline', async (_title, answer) => {
    const { fetch, policyHost, clock } = await setUp({ answer });
    const outcome = fetch();
    await until(() => policyHost.requests.length === 1);
    await clock.advance(9_999);
    await clock.advance(1);
    expect(await outcome).toMatchObject({
      code: 'deadline',
      message: 'Cannot fetch policy of "a.test": not done after 10000 ms, still reading the answer',
      trace: { durationMs: 10_000 },
    });
  });

  it('STS-3.3-14: so does one that never begins TLS', async () => {
    const { fetch, policyHost, clock } = await setUp({ host: { mode: 'silent' }, deadlineMs: 500 });
    const outcome = fetch();
    await until(() => policyHost.connections === 1);
    await clock.advance(500);
    expect(await outcome).toMatchObject({ code: 'deadline' });
  });

  it('STS-3.3-14: so does a DNS that never answers', async () => {
    const { fetch, resolver, clock } = await setUp();
    resolver.set(`a ${HOST}`, () => new Promise(() => undefined));
    const outcome = fetch();
    await clock.advance(10_000);
    expect(await outcome).toMatchObject({ code: 'deadline' });
  });

  it.each([0, -1, 60_001, Number.NaN])('takes no deadline of %d ms', async (deadlineMs) => {
    await expect(setUp({ deadlineMs })).rejects.toThrow(TypeError);
  });

  it('ends on a signal and on close', async () => {
    const { fetch, client, policyHost } = await setUp({ answer: silent() });
    const controller = new AbortController();
    const byCaller = fetch(controller.signal);
    const byClose = fetch();
    await until(() => policyHost.requests.length === 2);
    controller.abort();
    expect(await byCaller).toMatchObject({ code: 'network', reason: 'ABORT_ERR' });
    client.close();
    expect(await byClose).toMatchObject({ code: 'network', reason: 'ABORT_ERR' });
    expect(await fetch(controller.signal)).toMatchObject({ reason: 'ABORT_ERR' });
  });
});

describe('fetchPolicyBody: places', () => {
  it('fetches as many at once as allowed, and the next when one is done', async () => {
    const { fetch, policyHost, clock } = await setUp({ answer: silent(), maxConcurrent: 2 });
    const outcomes = [fetch(), fetch(), fetch()];
    await until(() => policyHost.requests.length === 2);
    await clock.advance(10_000);
    await until(() => policyHost.requests.length === 3);
    await clock.advance(10_000);
    for (const outcome of await Promise.all(outcomes)) {
      expect(outcome).toMatchObject({ code: 'deadline', trace: { durationMs: 10_000 } });
    }
  });

  it('does not wait for a place for ever', async () => {
    const { fetch, policyHost, clock } = await setUp({
      answer: silent(),
      maxConcurrent: 1,
      maxWaitMs: 3000,
    });
    const first = fetch();
    const second = fetch();
    await until(() => policyHost.requests.length === 1);
    await clock.advance(3000);
    expect(await second).toMatchObject({ code: 'deadline', trace: { addresses: [] } });
    await clock.advance(7000);
    expect(await first).toMatchObject({ code: 'deadline', trace: { addresses: ['127.0.0.1'] } });
  });
});

describe('fetchPolicyBody: addresses (RFC 8305, AMB-18)', () => {
  it('dns-not-found: the name has no address', async () => {
    const { fetch, resolver } = await setUp();
    resolver.set(`a ${HOST}`, fakeAnswer([]));
    expect(await fetch()).toMatchObject({
      code: 'dns-not-found',
      resultType: 'sts-policy-fetch-error',
    });
  });

  it('dns-not-found: the name of the policy host is too long', async () => {
    const { client } = await setUp();
    const long = domain(`${'a'.repeat(63)}.`.repeat(3) + 'b'.repeat(59));
    expect(await client.fetchPolicyBody(long)).toMatchObject({ code: 'dns-not-found' });
  });

  it('dns-unavailable: one family has no address and the other cannot be looked up', async () => {
    const { fetch, resolver } = await setUp();
    resolver.set(`a ${HOST}`, fakeFailure('servfail'));
    expect(await fetch()).toMatchObject({ code: 'dns-unavailable', reason: 'servfail' });
  });

  it('fetches by one family when the other cannot be looked up', async () => {
    const { fetch, resolver } = await setUp();
    resolver.set(`aaaa ${HOST}`, fakeFailure('timeout'));
    expect(await fetch()).toMatchObject({ kind: 'body' });
  });

  it('does not wait long for a family that does not answer', async () => {
    const { fetch, resolver, clock, policyHost } = await setUp();
    resolver.set(`aaaa ${HOST}`, () => new Promise(() => undefined));
    const outcome = fetch();
    await clock.advance(249);
    expect(policyHost.connections).toBe(0);
    await clock.advance(1);
    expect(await outcome).toMatchObject({ kind: 'body', trace: { durationMs: 250 } });
  });

  it('comes back to the late family when the prompt one leads nowhere', async () => {
    const { fetch, resolver, clock } = await setUp();
    let answerLate = (): void => undefined;
    const late = new Promise<ReturnType<typeof fakeAnswer<string>>>((resolve) => {
      answerLate = () => resolve(fakeAnswer(['127.0.0.1']));
    });
    resolver.set(`a ${HOST}`, () => late);
    resolver.set(`aaaa ${HOST}`, fakeAnswer(['::1']));
    const outcome = fetch();
    await clock.advance(250);
    answerLate();
    expect(await outcome).toMatchObject({
      kind: 'body',
      trace: { addresses: ['::1', '127.0.0.1'], remoteAddress: '127.0.0.1' },
    });
  });

  it('address-refused: connects to no address that is not global', async () => {
    const { fetch, policyHost } = await setUp({ allowedAddresses: [] });
    expect(await fetch()).toMatchObject({
      code: 'address-refused',
      resultType: 'sts-policy-fetch-error',
      trace: { addresses: ['127.0.0.1'] },
    });
    expect(policyHost.connections).toBe(0);
  });

  it('connects only to those addresses that are allowed', async () => {
    const { fetch, resolver } = await setUp({ allowedAddresses: ['127.0.0.1'] });
    resolver.set(`a ${HOST}`, fakeAnswer(['127.0.0.2', '10.0.0.1', '127.0.0.1']));
    expect(await fetch()).toMatchObject({ kind: 'body', trace: { remoteAddress: '127.0.0.1' } });
  });

  it('connect-refused: nobody listens', async () => {
    const { fetch, resolver } = await setUp();
    resolver.set(`a ${HOST}`, fakeAnswer(['127.0.0.3', '127.0.0.4']));
    expect(await fetch()).toMatchObject({ code: 'connect-refused', reason: 'ECONNREFUSED' });
  });

  it('goes on to the next address at once when one refuses', async () => {
    const { fetch, resolver } = await setUp();
    resolver.set(`aaaa ${HOST}`, fakeAnswer(['::1']));
    expect(await fetch()).toMatchObject({
      kind: 'body',
      trace: { addresses: ['::1', '127.0.0.1'], remoteAddress: '127.0.0.1', durationMs: 0 },
    });
  });

  it('goes on to the next address after 250 ms when one does not answer', async () => {
    const { fetch, resolver, policyHost, clock } = await setUp();
    toClose.push(await openBlackHole('127.0.0.2', policyHost.port));
    resolver.set(`a ${HOST}`, fakeAnswer(['127.0.0.2', '127.0.0.1']));
    const outcome = fetch();
    await clock.advance(249);
    expect(policyHost.connections).toBe(0);
    await clock.advance(1);
    expect(await outcome).toMatchObject({
      kind: 'body',
      trace: { remoteAddress: '127.0.0.1', durationMs: 250 },
    });
  });

  it('connect-timeout: no address answers before the deadline', async () => {
    const { fetch, resolver, policyHost, clock } = await setUp();
    toClose.push(await openBlackHole('127.0.0.2', policyHost.port));
    resolver.set(`a ${HOST}`, fakeAnswer(['127.0.0.2']));
    const outcome = fetch();
    await clock.advance(10_000);
    expect(await outcome).toMatchObject({
      code: 'connect-timeout',
      resultType: 'sts-policy-fetch-error',
      trace: { durationMs: 10_000 },
    });
  });

  it('does not try a second address after a failure of TLS', async () => {
    const { fetch, resolver, policyHost } = await setUp({ host: { mode: 'not-tls' } });
    resolver.set(`a ${HOST}`, fakeAnswer(['127.0.0.1', '127.0.0.1', '127.0.0.2']));
    expect(await fetch()).toMatchObject({ code: 'tls-handshake' });
    expect(policyHost.connections).toBe(1);
  });
});

describe('fetchPolicyBody: HTTPS_PROXY', () => {
  async function setUpProxy(status = 200, options: Partial<PolicyClientOptions> = {}) {
    const world = await setUp();
    const proxy = await startConnectProxy(world.policyHost.port, status);
    toClose.push(proxy);
    const client = createPolicyClient({
      resolver: world.resolver,
      clock: world.clock,
      ca: [authority.rootPem],
      proxy: `http://user:p%40ss@127.0.0.1:${proxy.port}`,
      ...options,
    });
    toClose.unshift(client);
    return { ...world, proxy, fetch: () => client.fetchPolicyBody(domain('a.test')) };
  }

  it('STS-3.2-2: gives the proxy the name and port 443, and the host its bare name', async () => {
    const { fetch, proxy, policyHost, resolver } = await setUpProxy();
    expect(await fetch()).toMatchObject({ kind: 'body', body: BODY, trace: { addresses: [] } });
    const authorization = `Basic ${Buffer.from('user:p@ss').toString('base64')}`;
    expect(proxy.tunnels).toEqual([{ authority: `${HOST}:443`, authorization }]);
    expect(policyHost.requests[0]?.headers['host']).toBe(HOST);
    expect(resolver.lookups).toEqual([]);
  });

  it('STS-3.3-2: authenticates the policy host through the tunnel', async () => {
    const { fetch, policyHost } = await setUpProxy();
    policyHost.serve(HOST, stranger.issue({ dnsNames: [HOST] }), whole(BODY));
    expect(await fetch()).toMatchObject({ code: 'tls-certificate-not-trusted' });
    expect(policyHost.requests).toEqual([]);
  });

  it('proxy-failed: the proxy refuses', async () => {
    const { fetch } = await setUpProxy(407);
    expect(await fetch()).toMatchObject({
      code: 'proxy-failed',
      resultType: 'sts-policy-fetch-error',
      message: 'Cannot fetch policy of "a.test": proxy answered CONNECT with 407, must be 2xx',
    });
  });

  it('proxy-failed: the proxy is not there', async () => {
    const { fetch, proxy } = await setUpProxy();
    await proxy.close();
    expect(await fetch()).toMatchObject({ code: 'proxy-failed', reason: 'ECONNREFUSED' });
  });

  it.each([['*'], ['.test'], ['a.test'], [' MTA-STS.a.test '], ['*.a.test']])(
    'goes past the proxy for NO_PROXY %j',
    async (entry) => {
      const { fetch, proxy } = await setUpProxy(200, { noProxy: ['b.test', entry] });
      expect(await fetch()).toMatchObject({ code: 'address-refused' });
      expect(proxy.tunnels).toEqual([]);
    },
  );

  it.each([[''], ['sts.a.test'], ['est'], ['b.test']])(
    'uses the proxy for NO_PROXY %j',
    async (entry) => {
      const { fetch, proxy } = await setUpProxy(200, { noProxy: [entry] });
      await fetch();
      expect(proxy.tunnels).toHaveLength(1);
    },
  );

  it.each([['https://proxy:3128'], ['proxy:3128'], ['socks5://proxy'], ['http://']])(
    'takes no proxy %j, and does not repeat it',
    async (proxy) => {
      await expect(setUp({ proxy })).rejects.toThrow(
        'Cannot use the HTTPS proxy: must be a URL that begins with "http://"',
      );
    },
  );
});

describe('createPolicyClient', () => {
  it.each([
    ['CA file that is none', { ca: ['nonsense'] }],
    ['CA file that is broken', { ca: [authority.rootPem.replace(/[A-Z]{2}/g, '')] }],
    ['empty list of CAs', { ca: [] }],
    ['range that is none', { allowedAddresses: ['10.0.0.0/99'] }],
    ['client without places', { maxConcurrent: 0 }],
  ])('takes no %s', async (_title, options) => {
    await expect(setUp(options)).rejects.toThrow(TypeError);
  });
});
