import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  createCertificateAuthority,
  type IssuedCertificate,
} from '../../../../../test/peers/certificates.ts';
import {
  drop,
  endless,
  headOnly,
  nonsense,
  type ReportAnswer,
  type ReportSink,
  silence,
  startReportSink,
  status,
} from '../../../../../test/peers/report-sink.ts';
import { createFakeClock } from '../clock/index.ts';
import { createFakeResolver, fakeAnswer, fakeFailure } from '../dns/index.ts';
import { createReportPost, type ReportPostOptions } from './create-report-post.ts';
import type { PostOptions } from './report-post.ts';

const HOST = 'collector.example.test';
const BODY = gzipSync('{"organization-name":"Example"}');
const authority = createCertificateAuthority();
const valid = authority.issue({ dnsNames: [HOST] });

const toClose: ReportSink[] = [];
afterEach(async () => {
  for (const each of toClose.splice(0)) await each.close();
});

interface SetUp extends Partial<ReportPostOptions> {
  readonly answer?: ReportAnswer;
  readonly certificate?: IssuedCertificate;
  readonly path?: string;
}

async function setUp({ answer, certificate = valid, path = '/tlsrpt', ...options }: SetUp = {}) {
  const sink = await startReportSink(certificate, answer);
  toClose.push(sink);
  const clock = createFakeClock();
  const resolver = createFakeResolver({
    [`a ${HOST}`]: fakeAnswer(['127.0.0.1']),
    [`aaaa ${HOST}`]: fakeAnswer([]),
  });
  const post = createReportPost({
    resolver,
    clock,
    ca: [authority.rootPem],
    allowedAddresses: ['127.0.0.0/8'],
    ...options,
  });
  const outgoing = {
    url: `https://${HOST}:${sink.port}${path}`,
    body: BODY,
    contentType: 'application/tlsrpt+gzip',
  };
  let commits = 0;
  const beforeCommit = (): Promise<void> => {
    commits += 1;
    return Promise.resolve();
  };
  const send = (given: Partial<PostOptions> & { readonly url?: string } = {}) =>
    post.post({ ...outgoing, url: given.url ?? outgoing.url }, { beforeCommit, ...given });
  return { sink, clock, resolver, send, commits: () => commits };
}

describe('createReportPost: a collector that works (RFC 8460 §5.4)', () => {
  it('RPT-3-8, RPT-5.4-1, RPT-5.4-2, RPT-5.2-1: posts the compressed report', async () => {
    const { sink, send, commits } = await setUp({ path: '/tlsrpt/%21a?key=1' });
    expect(await send()).toEqual({ kind: 'taken', detail: 'status is 201' });
    expect(commits()).toBe(1);
    expect(sink.posts).toEqual([
      {
        method: 'POST',
        path: '/tlsrpt/%21a?key=1',
        headers: {
          host: `${HOST}:${sink.port}`,
          'user-agent': 'sekisho',
          'content-type': 'application/tlsrpt+gzip',
          'content-length': String(BODY.length),
          connection: 'close',
        },
        body: BODY,
      },
    ]);
    expect(gunzipSync(sink.posts[0]?.body ?? '').toString()).toContain('Example');
  });

  it.each([200, 201, 202, 204, 299])('RPT-5.4-4, RPT-5.4-5: status %i is success', async (code) => {
    const { send } = await setUp({ answer: status(code) });
    expect(await send()).toEqual({ kind: 'taken', detail: `status is ${code}` });
  });
});

describe('createReportPost: other answers (RFC 8460 §5.4, §5.5)', () => {
  it.each([
    [301, 'later'],
    [304, 'later'],
    [307, 'later'],
    [400, 'refused'],
    [401, 'later'],
    [403, 'later'],
    [404, 'later'],
    [405, 'later'],
    [408, 'later'],
    [410, 'refused'],
    [413, 'refused'],
    [415, 'refused'],
    [422, 'refused'],
    [429, 'later'],
    [500, 'later'],
    [502, 'later'],
    [503, 'later'],
    [599, 'later'],
  ])('RPT-5.4-5: status %i means %s', async (code, kind) => {
    const { send, sink } = await setUp({
      answer: status(code, { Location: `https://${HOST}/elsewhere` }),
    });
    const problem = `status is ${code}, must be 2xx (RFC 8460 §5.4)`;
    expect(await send()).toEqual({ kind, problem });
    expect(sink.connections).toBe(1);
  });

  it.each([
    [503, '120', 120_000],
    [429, 'Thu, 01 Jan 2026 00:05:00 GMT', 300_000],
    [429, 'soon', undefined],
  ])('waits as %i with Retry-After %s asks', async (code, value, retryAfterMs) => {
    const { send } = await setUp({ answer: status(code, { 'Retry-After': value }) });
    expect(await send()).toMatchObject(
      retryAfterMs === undefined ? { kind: 'later' } : { kind: 'later', retryAfterMs },
    );
  });

  it.each([
    ['breaks the connection', drop],
    ['does not speak HTTP', nonsense],
    ['sends endless headers', status(200, { 'X-Long': 'x'.repeat(20_000) })],
  ])('is unknown when the collector %s', async (_title, answer) => {
    const { send } = await setUp({ answer });
    expect((await send()).kind).toBe('unknown');
  });

  it('reads no more than it must of an endless answer', async () => {
    const { send } = await setUp({ answer: endless(200) });
    expect((await send()).kind).toBe('taken');
  });

  it('is over after the deadline, and unknown without a status', async () => {
    const { send, sink, clock } = await setUp({ answer: silence });
    const outcome = send();
    await vi.waitFor(() => expect(sink.posts).toHaveLength(1));
    await clock.advance(60_000);
    expect(await outcome).toEqual({
      kind: 'unknown',
      problem: 'not done after 60000 ms, still reading the answer',
    });
  });

  it('goes by the status when the rest of the answer does not come', async () => {
    const { send, sink, clock } = await setUp({ answer: headOnly(202) });
    const outcome = send();
    await vi.waitFor(() => expect(sink.posts).toHaveLength(1));
    // The head crosses the loopback.
    for (let turn = 0; turn < 200; turn += 1) await new Promise(setImmediate);
    await clock.advance(60_000);
    expect(await outcome).toEqual({ kind: 'taken', detail: 'status is 202' });
  });
});

describe('createReportPost: certificates (RFC 8460 §3, §7)', () => {
  const cases: [string, IssuedCertificate, string][] = [
    [
      'expired',
      authority.issue({ dnsNames: [HOST], notAfter: new Date(Date.now() - 3_600_000) }),
      'CERT_HAS_EXPIRED',
    ],
    [
      'self-signed',
      authority.issue({ dnsNames: [HOST], signedBy: 'self' }),
      'DEPTH_ZERO_SELF_SIGNED_CERT',
    ],
    [
      'for another name',
      authority.issue({ dnsNames: ['other.test'] }),
      'ERR_TLS_CERT_ALTNAME_INVALID',
    ],
  ];

  it.each(cases)('RPT-3-9, RPT-7-4: posts to one that is %s, and says so', async (...given) => {
    const [, certificate, code] = given;
    const { send, sink } = await setUp({ certificate });
    expect(await send()).toEqual({
      kind: 'taken',
      detail: `status is 201; certificate is not valid: ${code}`,
    });
    expect(sink.posts).toHaveLength(1);
  });

  it.each(cases)('RPT-3-9: sends nothing to one that is %s when told so', async (...given) => {
    const [, certificate, code] = given;
    const { send, sink, commits } = await setUp({ certificate, acceptsInvalidCertificates: false });
    expect(await send()).toEqual({ kind: 'later', problem: `certificate is not valid: ${code}` });
    expect([sink.posts.length, commits()]).toEqual([0, 0]);
  });
});

describe('createReportPost: places that a stranger names', () => {
  it.each([['127.0.0.1'], ['10.0.0.1'], ['169.254.169.254']])(
    'AMB-74: does not connect to %s',
    async (address) => {
      const { send, sink, resolver } = await setUp({ allowedAddresses: [] });
      resolver.set(`a ${HOST}`, fakeAnswer([address]));
      expect(await send()).toMatchObject({ kind: 'refused' });
      expect(sink.connections).toBe(0);
    },
  );

  it.each([
    ['http://collector.example.test/'],
    ['https://user:secret@collector.example.test/'],
    ['https://127.0.0.1/'],
    ['https://[::1]/'],
    ['https://2130706433/'],
    ['mailto:reports@example.com'],
    ['https://'],
    ['not a URL'],
  ])('refuses %s', async (url) => {
    const { send } = await setUp();
    expect(await send({ url })).toEqual({ kind: 'refused', problem: 'URL is not usable' });
  });

  it.each([
    ['does not exist', fakeAnswer<string>([], { rcode: 'NXDOMAIN' })],
    ['cannot be looked up', fakeFailure('servfail')],
  ])('tries a host again that %s', async (_title, entry) => {
    const { send, resolver, commits } = await setUp();
    resolver.set(`a ${HOST}`, entry);
    expect((await send()).kind).toBe('later');
    expect(commits()).toBe(0);
  });

  it('tries one again that is down', async () => {
    const { send, sink } = await setUp();
    await sink.close();
    expect(await send()).toMatchObject({ kind: 'later' });
  });
});

describe('createReportPost: the commit', () => {
  it('is awaited before a byte of the request', async () => {
    const { send, sink } = await setUp();
    let release = (): void => undefined;
    let isAsked = false;
    const outcome = send({
      beforeCommit: () =>
        new Promise((resolve) => {
          isAsked = true;
          release = resolve;
        }),
    });
    await vi.waitFor(() => expect(isAsked).toBe(true));
    expect(sink.posts).toHaveLength(0);
    release();
    expect((await outcome).kind).toBe('taken');
    expect(sink.posts).toHaveLength(1);
  });

  it('that is refused keeps the report back', async () => {
    const { send, sink } = await setUp();
    const outcome = await send({ beforeCommit: () => Promise.reject(new Error('store is gone')) });
    expect(outcome).toEqual({ kind: 'later', problem: 'store is gone' });
    expect(sink.posts).toHaveLength(0);
  });

  it('that takes longer than the deadline keeps the report back', async () => {
    const { send, sink, clock } = await setUp();
    let release = (): void => undefined;
    let isAsked = false;
    const outcome = send({
      beforeCommit: () =>
        new Promise((resolve) => {
          isAsked = true;
          release = resolve;
        }),
    });
    await vi.waitFor(() => expect(isAsked).toBe(true));
    await clock.advance(60_000);
    expect((await outcome).kind).toBe('later');
    release();
    await new Promise(setImmediate);
    expect(sink.posts).toHaveLength(0);
  });

  it('does not come after a cancellation', async () => {
    const { send, commits } = await setUp();
    const signal = AbortSignal.abort();
    expect(await send({ signal })).toEqual({ kind: 'later', problem: 'cancelled' });
    expect(commits()).toBe(0);
  });

  it('is over when cancelled while the collector is silent', async () => {
    const { send, sink } = await setUp({ answer: silence });
    const controller = new AbortController();
    const outcome = send({ signal: controller.signal });
    await vi.waitFor(() => expect(sink.posts).toHaveLength(1));
    controller.abort();
    expect(await outcome).toEqual({ kind: 'unknown', problem: 'cancelled' });
  });
});
