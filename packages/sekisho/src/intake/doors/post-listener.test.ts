import { createServer, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createFakeClock, type FakeClock, systemClock } from '../../io/clock/index.ts';
import { createMemoryLog } from '../../io/log/index.ts';
import type { Acceptance } from '../accept/acceptor.ts';
import { createFakeAcceptor, type FakeAcceptor } from './fake-acceptor.ts';
import {
  createPostHandler,
  createPostListener,
  type PostListenerOptions,
} from './post-listener.ts';

const ends: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

interface World {
  readonly acceptor: FakeAcceptor;
  readonly clock: FakeClock;
  readonly port: number;
  readonly counted: string[];
  readonly post: (
    body: string,
    headers?: Record<string, string>,
    path?: string,
  ) => Promise<Response>;
}

/** The handler on a server whose port is known. */
async function open(options: Partial<PostListenerOptions> = {}): Promise<World> {
  const acceptor = createFakeAcceptor();
  const clock = createFakeClock();
  const counted: string[] = [];
  const handle = createPostHandler({
    acceptor,
    clock,
    log: createMemoryLog(),
    count: (channel, outcome) => counted.push(`${channel} ${outcome}`),
    ...options,
  });
  const server = createServer((incoming, response) => void handle(incoming, response));
  server.on('checkContinue', (incoming, response) => void handle(incoming, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(() => server.closeAllConnections());
  ends.push(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return {
    acceptor,
    clock,
    port,
    counted,
    post: (body, headers = { 'content-type': 'application/tlsrpt+json' }, path = '/v1/tlsrpt') =>
      fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', body, headers }),
  };
}

/** Everything that a server answers to bytes, until it closes or the text is there. */
function talk(port: number, text: string, until: RegExp): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    ends.push(() => void socket.destroy());
    let answer = '';
    socket.setEncoding('latin1').on('data', (data: string) => {
      answer += data;
      if (until.test(answer)) resolve(answer);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(answer));
  });
}

describe('reports by POST (RFC 8460 §5.4)', () => {
  it.each<[Acceptance | undefined, number, object]>([
    [undefined, 200, { status: 'stored' }],
    [{ kind: 'duplicate', reportId: 'x' }, 200, { status: 'duplicate' }],
    [{ kind: 'refused', problems: ['a', 'b'] }, 400, { status: 'refused', problems: ['a', 'b'] }],
    [{ kind: 'not-a-report' }, 400, { status: 'refused' }],
    [{ kind: 'later', problem: 'disk' }, 503, { status: 'later' }],
  ])('answers %j with %i', async (answer, status, body) => {
    const { acceptor, post } = await open();
    if (answer !== undefined) acceptor.answers.push(answer);
    const response = await post('{}');
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject(body);
    expect(response.headers.has('retry-after')).toBe(status === 503);
  });

  it('hands over the bytes, what was said about them, and who brought them', async () => {
    const { acceptor, post } = await open({
      token: 's',
      clientOf: (peer, via) => `${peer} ${via}`,
    });
    const headers = {
      'content-type': 'application/tlsrpt+gzip',
      'content-encoding': 'gzip',
      'x-forwarded-for': '192.0.2.1',
    };
    expect((await post('ab', headers, '/v1/tlsrpt/s')).status).toBe(200);
    expect(acceptor.arrived).toEqual([
      {
        channel: 'post',
        bytes: Buffer.from('ab'),
        from: '127.0.0.1 192.0.2.1',
        hasToken: true,
        contentType: 'application/tlsrpt+gzip',
        contentEncoding: 'gzip',
      },
    ]);
  });

  it('tells what is allowed', async () => {
    const { port, post } = await open();
    const get = await fetch(`http://127.0.0.1:${port}/v1/tlsrpt`);
    expect([get.status, get.headers.get('allow')]).toEqual([405, 'POST']);
    const br = await post('x', { 'content-type': 'application/json', 'content-encoding': 'br' });
    expect([br.status, br.headers.get('accept-encoding')]).toEqual([415, 'gzip']);
    expect((await post('<p>', { 'content-type': 'text/plain' })).status).toBe(415);
    expect((await post('{}', { 'content-type': 'text/plain' })).status).toBe(200);
  });

  it('limits the requests of a client', async () => {
    const { post, counted } = await open({ perMinute: 1 });
    expect((await post('{}')).status).toBe(200);
    const response = await post('{}');
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '60']);
    expect(counted).toEqual(['post stored', 'post turned-away']);
  });

  it('tells 503 when too much is under way', async () => {
    const { acceptor, post } = await open({ atOnce: 1 });
    let answer = (_acceptance: Acceptance): void => undefined;
    acceptor.answers.push(
      new Promise((resolve) => {
        answer = resolve;
      }),
    );
    const first = post('{}');
    await acceptor.untilArrived(1);
    expect((await post('{}')).status).toBe(503);
    answer({ kind: 'stored', reportId: 'x', repairs: 0 });
    expect((await first).status).toBe(200);
    expect((await post('{}')).status).toBe(200);
  });

  it('stops reading a body without a length when it is too large', async () => {
    const { port, acceptor, counted } = await open();
    const answer = await new Promise<number | undefined>((resolve) => {
      const outgoing = request(
        {
          port,
          method: 'POST',
          path: '/v1/tlsrpt',
          headers: { 'content-type': 'application/json' },
        },
        (response) => resolve(response.statusCode),
      );
      outgoing.on('error', () => resolve(undefined));
      outgoing.write(Buffer.alloc(900));
      outgoing.write(Buffer.alloc(900));
      ends.push(() => void outgoing.destroy());
    });
    expect([answer, acceptor.arrived, counted]).toEqual([413, [], ['post too-large']]);
  });

  it.each([
    ['1001', /^HTTP\/1\.1 413 /],
    ['2', /^HTTP\/1\.1 100 Continue/],
  ])('answers Expect: 100-continue of %s bytes before the body', async (length, expected) => {
    const { port } = await open();
    const head = `POST /v1/tlsrpt HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: ${length}\r\n\r\n`;
    expect(await talk(port, head, /\r\n\r\n/)).toMatch(expected);
  });

  it('cuts a request that takes too long, and says nothing to the acceptor', async () => {
    const { port, clock, acceptor } = await open({ requestMs: 5000 });
    const head = 'POST /v1/tlsrpt HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';
    const answer = talk(
      port,
      `${head}Expect: 100-continue\r\nContent-Length: 9\r\n\r\n{`,
      /HTTP\/1.1 [^1]/,
    );
    await talk(port, `${head}Content-Length: 2\r\n\r\n{}`, /200/);
    await clock.advance(5000);
    expect(await answer).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\n$/);
    expect(acceptor.arrived).toHaveLength(1);
  });
});

describe('createPostListener', () => {
  async function listen(options: Partial<PostListenerOptions> = {}) {
    const acceptor = createFakeAcceptor();
    const listener = createPostListener({
      acceptor,
      clock: systemClock,
      log: createMemoryLog(),
      ...options,
    });
    // The port that is free for one socket is free for the next.
    const probe = createServer();
    await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
    const { port } = probe.address() as AddressInfo;
    await new Promise((resolve) => probe.close(resolve));
    await listener.listen({ port, host: '127.0.0.1' });
    return { acceptor, listener, port };
  }

  it.each([
    ['giant headers', `POST / HTTP/1.1\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`, /431/],
    ['what is not HTTP', '\u0016\u0003\u0001\r\n\r\n', /400/],
    [
      'two lengths',
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx',
      /400/,
    ],
  ])('turns away %s', async (_name, text, expected) => {
    const { listener, port } = await listen();
    expect(await talk(port, text, /\r\n\r\n/)).toMatch(expected);
    await listener.close();
  });

  it('answers what is under way when it is closed', async () => {
    const { acceptor, listener, port } = await listen();
    let answer = (_acceptance: Acceptance): void => undefined;
    acceptor.answers.push(
      new Promise((resolve) => {
        answer = resolve;
      }),
    );
    const headers = { 'content-type': 'application/json' };
    const response = fetch(`http://127.0.0.1:${port}/v1/tlsrpt`, {
      method: 'POST',
      body: '{}',
      headers,
    });
    await acceptor.untilArrived(1);
    const closed = listener.close();
    answer({ kind: 'stored', reportId: 'x', repairs: 0 });
    expect((await response).status).toBe(200);
    await closed;
  });

  it('does not wait for a client that is silent', async () => {
    const clock = createFakeClock();
    const { listener, port } = await listen({ clock, stopMs: 5000 });
    const silent = connect(port, '127.0.0.1');
    silent.on('error', () => undefined);
    ends.push(() => void silent.destroy());
    await new Promise((resolve) => silent.once('connect', resolve));
    silent.write('POST /v1/tlsrpt HTTP/1.1\r\nHost: x\r\n');
    const closed = listener.close();
    await clock.advance(5000);
    await closed;
  });
});
