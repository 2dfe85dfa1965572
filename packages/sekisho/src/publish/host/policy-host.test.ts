import { connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type ConnectionOptions } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  ask,
  createTestHost,
  openTcp,
  openTls,
  POLICY_BODY as BODY,
  POLICY_PATH as PATH,
  receive,
  recordClientHello,
  requestFor,
  statusOf,
  until,
} from '../../../../../test/peers/served-policy-host.ts';

describe('the policy host over TLS (RFC 8461 §3.2, §3.3)', () => {
  it('STS-3.2-1, STS-8.2-4: gives out the policy, byte for byte, with nothing to stumble over', async () => {
    const { listen, fetches } = createTestHost();
    const port = await listen('https');
    const response = await ask(
      port,
      'mta-sts.a.test',
      requestFor('mta-sts.a.test', undefined, 'User-Agent: Test/1'),
    );
    expect(response).toBe(
      'HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\n' +
        `Content-Length: ${BODY.length}\r\nContent-Type: text/plain\r\nCache-Control: max-age=60\r\n` +
        `Connection: close\r\n\r\n${BODY}`,
    );
    expect(fetches).toEqual(['a.test 1 127.0.0.1 Test/1']);
  });

  it('STS-3.3-2, STS-7.1-4, STS-8.2-3: shows each name its own certificate', async () => {
    const { listen } = createTestHost();
    const port = await listen('https');
    for (const name of ['mta-sts.a.test', 'mta-sts.b.test']) {
      expect(statusOf(await ask(port, name))).toBe('200');
    }
  });

  it.each([
    ['another domain', 'mta-sts.z.test'],
    ['the domain itself', 'a.test'],
    ['a name that is none', 'mta-sts.a..test'],
  ])('STS-7.1-5: aborts the handshake for %s with unrecognized_name', async (_, servername) => {
    const { listen, dropped } = createTestHost();
    const socket = openTls(await listen('https'), servername);
    expect(await receive(socket)).toBe('ERR_SSL_TLSV1_UNRECOGNIZED_NAME');
    expect(dropped).toEqual(['unrecognized-name']);
  });

  it('STS-7.1-5: aborts the handshake without a name', async () => {
    const { listen } = createTestHost();
    const socket = connect({ port: await listen('https'), host: '127.0.0.1' });
    expect(await receive(socket)).toBe('ERR_SSL_TLSV1_UNRECOGNIZED_NAME');
  });

  it.each([
    ['MTA-STS.A.TEST', `GET ${PATH} HTTP/1.1`, '200'],
    ['mta-sts.a.test.:443', `GET ${PATH} HTTP/1.1`, '200'],
    ['x.test', `GET https://mta-sts.a.test${PATH} HTTP/1.1`, '200'],
    ['mta-sts.b.test', `GET ${PATH} HTTP/1.1`, '421'],
    ['a.test', `GET ${PATH} HTTP/1.1`, '421'],
    ['mta-sts.a.test:x', `GET ${PATH} HTTP/1.1`, '400'],
    ['mta-sts.a.test', `GET ${PATH}?x HTTP/1.1`, '404'],
    ['mta-sts.a.test', `GET ${PATH}/ HTTP/1.1`, '404'],
    ['mta-sts.a.test', 'GET /.well-known/MTA-STS.txt HTTP/1.1', '404'],
    ['mta-sts.a.test', 'GET /.well-known//mta-sts.txt HTTP/1.1', '404'],
    ['mta-sts.a.test', 'GET /.well-known/acme-challenge/x HTTP/1.1', '404'],
    ['mta-sts.a.test', 'GET / HTTP/1.1', '404'],
    ['mta-sts.a.test', `POST ${PATH} HTTP/1.1`, '405'],
    ['mta-sts.a.test', `PROPFIND ${PATH} HTTP/1.1`, '405'],
    ['mta-sts.a.test', `GET ${PATH} HTTP/2.0`, '505'],
    ['mta-sts.a.test', `GET ${PATH}`, '400'],
  ])('Host %s, %s: %s, and never a redirect', async (host, line, status) => {
    const { listen, fetches } = createTestHost();
    const response = await ask(await listen('https'), 'mta-sts.a.test', requestFor(host, line));
    expect(statusOf(response)).toBe(status);
    expect(response.toLowerCase()).not.toContain('location');
    expect(response.includes('Allow: GET, HEAD\r\n')).toBe(status === '405');
    expect(fetches).toHaveLength(status === '200' ? 1 : 0);
  });

  it('answers HEAD like GET without the body, which is no fetch', async () => {
    const { listen, fetches } = createTestHost();
    const request = requestFor('mta-sts.a.test', `HEAD ${PATH} HTTP/1.1`);
    const response = await ask(await listen('https'), 'mta-sts.a.test', request);
    expect(response).toContain(`Content-Length: ${BODY.length}\r\n`);
    expect(response.endsWith('\r\n\r\n')).toBe(true);
    expect(fetches).toEqual([]);
  });

  it('has no policy for a domain that has only a certificate', async () => {
    const { listen } = createTestHost();
    expect(statusOf(await ask(await listen('https'), 'mta-sts.c.test'))).toBe('404');
  });

  it('reads no body, and ends the connection that brings one', async () => {
    const { listen } = createTestHost();
    const port = await listen('https');
    for (const [method, status] of [
      ['POST', '405'],
      ['GET', '400'],
    ]) {
      const head = `${method} ${PATH} HTTP/1.1\r\nHost: mta-sts.a.test\r\nContent-Length: 9\r\n\r\n`;
      const response = await ask(port, 'mta-sts.a.test', `${head}GET / HTT`);
      expect(statusOf(response)).toBe(status);
      expect(response.match(/HTTP\/1\.1/g)).toHaveLength(1);
    }
  });

  it('keeps a connection for further requests, pipelined ones too, up to a number', async () => {
    const { listen } = createTestHost({ limits: { requestsPerConnection: 3 } });
    const socket = openTls(await listen('https'), 'mta-sts.a.test');
    const one = `GET ${PATH} HTTP/1.1\r\nHost: mta-sts.a.test\r\n\r\n`;
    socket.write(one.repeat(5));
    const response = await receive(socket);
    expect(response.match(/HTTP\/1\.1 200/g)).toHaveLength(3);
    expect(response.match(/Connection: close/g)).toHaveLength(1);
  });

  it('answers a client that says at once that it sends no more', async () => {
    const { listen } = createTestHost();
    const socket = openTls(await listen('https'), 'mta-sts.a.test', {
      allowHalfOpen: true,
    } as ConnectionOptions);
    socket.end(`GET ${PATH} HTTP/1.1\r\nHost: mta-sts.a.test\r\n\r\n`);
    expect(statusOf(await receive(socket))).toBe('200');
  });

  it('answers 503 when the store cannot be read, and reports it once', async () => {
    const { listen, log } = createTestHost({
      policies: { find: () => Promise.reject(new Error('disk')), forget: () => undefined },
    });
    const port = await listen('https');
    expect(statusOf(await ask(port, 'mta-sts.a.test'))).toBe('503');
    expect(statusOf(await ask(port, 'mta-sts.a.test'))).toBe('503');
    expect(log.entries.map(({ event }) => event)).toEqual(['policy cannot be read']);
  });
});

describe('the policy host behind a proxy', () => {
  async function askPlain(port: number, host: string, ...headers: string[]): Promise<string> {
    const socket = openTcp(port);
    socket.write(requestFor(host, undefined, ...headers));
    return receive(socket);
  }

  it('knows the policies by Host, and no others', async () => {
    const { listen } = createTestHost();
    const port = await listen('plain');
    const statuses: string[] = [];
    for (const host of ['mta-sts.a.test:8080', 'mta-sts.z.test', 'a.test'])
      statuses.push(statusOf(await askPlain(port, host)));
    expect(statuses).toEqual(['200', '404', '421']);
  });

  it('believes X-Forwarded-For of trusted proxies only', async () => {
    const header = 'X-Forwarded-For: 192.0.2.1, 198.51.100.2';
    const open = createTestHost();
    await askPlain(await open.listen('plain'), 'mta-sts.a.test', header);
    const behind = createTestHost({ trustedProxies: ['127.0.0.0/8'] });
    await askPlain(await behind.listen('plain'), 'mta-sts.a.test', header);
    expect([...open.fetches, ...behind.fetches].map((line) => line.split(' ')[2])).toEqual([
      '127.0.0.1',
      '198.51.100.2',
    ]);
  });

  it('listens on a Unix socket, whose other end is trusted', async () => {
    const { host, fetches } = createTestHost();
    const path = join(tmpdir(), `sekisho-host-${process.pid}.sock`);
    expect(await host.listen('plain', { path })).toBe(path);
    const socket = connectTcp(path);
    socket.write(requestFor('mta-sts.a.test', undefined, 'X-Forwarded-For: 192.0.2.1'));
    expect(statusOf(await receive(socket))).toBe('200');
    expect(fetches[0]).toContain('192.0.2.1');
  });
});

describe('the http-01 listener (RFC 8555 §8.3)', () => {
  it.each([
    ['mta-sts.new.test', 'GET /.well-known/acme-challenge/tok_en-1 HTTP/1.1', '200'],
    ['MTA-STS.new.test.:80', 'GET /.well-known/acme-challenge/tok_en-1 HTTP/1.1', '200'],
    ['mta-sts.a.test', 'GET /.well-known/acme-challenge/tok_en-1 HTTP/1.1', '404'],
    ['mta-sts.new.test', 'GET /.well-known/acme-challenge/other HTTP/1.1', '404'],
    ['mta-sts.new.test', 'GET /.well-known/acme-challenge/tok_en-1?x HTTP/1.1', '404'],
    ['mta-sts.new.test', 'POST /.well-known/acme-challenge/tok_en-1 HTTP/1.1', '405'],
    ['mta-sts.a.test', `GET ${PATH} HTTP/1.1`, '404'],
  ])('Host %s, %s: %s', async (host, line, status) => {
    const { listen, challenges } = createTestHost();
    challenges.addHttp('mta-sts.new.test', 'tok_en-1', 'tok_en-1.thumb');
    const socket = openTcp(await listen('http'));
    socket.write(requestFor(host, line));
    const response = await receive(socket);
    expect(statusOf(response)).toBe(status);
    expect(response.endsWith('\r\n\r\ntok_en-1.thumb')).toBe(status === '200');
  });
});

describe('the bounds of the policy host', () => {
  it('ends who connects and says nothing', async () => {
    const { listen, dropped } = createTestHost({ limits: { handshakeMs: 60 } });
    expect(await receive(openTcp(await listen('https')))).toBe('');
    expect(dropped).toEqual(['handshake']);
  });

  it('ends who stops in the middle of a handshake', async () => {
    const { listen, dropped } = createTestHost({ limits: { handshakeMs: 60 } });
    const socket = openTcp(await listen('https'));
    const hello = await recordClientHello('mta-sts.a.test');
    socket.write(hello);
    await receive(socket);
    expect(dropped).toEqual(['handshake']);
  });

  it('ends who sends a request byte by byte', async () => {
    const { listen, dropped } = createTestHost({ limits: { requestMs: 60 } });
    const socket = openTls(await listen('https'), 'mta-sts.a.test');
    const bytes = Buffer.from(requestFor('mta-sts.a.test'));
    let at = 0;
    const timer = setInterval(() => {
      if (at < bytes.length && !socket.destroyed) socket.write(bytes.subarray(at, (at += 1)));
    }, 10);
    expect(await receive(socket)).not.toContain('200');
    clearInterval(timer);
    expect(dropped).toEqual(['request']);
  });

  it('ends who asks once and stays', async () => {
    const { listen, dropped } = createTestHost({ limits: { idleMs: 60 } });
    const socket = openTls(await listen('https'), 'mta-sts.a.test');
    socket.write(`GET ${PATH} HTTP/1.1\r\nHost: mta-sts.a.test\r\n\r\n`);
    expect(statusOf(await receive(socket))).toBe('200');
    expect(dropped).toEqual(['idle']);
  });

  it.each(['plain', 'https'] as const)(
    'ends who does not take the answers over %s, and does not gather them',
    async (kind) => {
      const { listen, dropped, answered } = createTestHost({
        limits: { answerMs: 60, requestsPerConnection: 1_000_000 },
        policies: {
          find: async (domain) => ({ domain, id: '1', body: Buffer.alloc(60_000, 'x') }),
          forget: () => undefined,
        },
      });
      const port = await listen(kind);
      const socket = kind === 'https' ? openTls(port, 'mta-sts.a.test') : openTcp(port);
      socket.on('error', () => undefined);
      socket.pause();
      const one = `GET ${PATH} HTTP/1.1\r\nHost: mta-sts.a.test\r\n\r\n`;
      const timer = setInterval(() => socket.write(one.repeat(100)), 5);
      await until(() => dropped.length > 0);
      clearInterval(timer);
      expect(dropped).toEqual(['answering']);
      expect(answered.length).toBeLessThan(500);
    },
  );

  it('refuses what is not TLS with an alert, and a giant head with 431', async () => {
    const { listen, dropped } = createTestHost();
    const socket = openTcp(await listen('https'));
    socket.write('GET / HTTP/1.1\r\n\r\n');
    expect(Buffer.from(await receive(socket), 'latin1')).toEqual(
      Buffer.from([21, 3, 3, 0, 2, 2, 10]),
    );
    expect(dropped).toEqual(['unexpected-message']);
    const giant = requestFor('mta-sts.a.test', undefined, `X: ${'x'.repeat(9000)}`);
    expect(statusOf(await ask(await listen('https'), 'mta-sts.a.test', giant))).toBe('431');
  });

  it('an address that has too many connections loses its own oldest one', async () => {
    const { listen, host, dropped } = createTestHost({ limits: { connectionsPerAddress: 3 } });
    const port = await listen('https');
    const idle = [openTcp(port), openTcp(port), openTcp(port)];
    await until(() => host.connections === 3);
    expect(statusOf(await ask(port, 'mta-sts.a.test'))).toBe('200');
    expect(dropped).toEqual(['crowded']);
    await until(() => idle[0]?.destroyed === true);
    expect(idle.slice(1).map(({ destroyed }) => destroyed)).toEqual([false, false]);
  });

  it.each([
    ['closes at once after the answer to who sends nothing more', 'close\r\n\r\n', 0],
    ['waits for the end of who may send more', 'keep-alive\r\n\r\n', 1],
    ['waits for the end of who brings a body', 'close\r\nContent-Length: 9\r\n\r\n', 1],
    ['waits for the end of who sent more all the same', 'close\r\n\r\nGET ', 1],
  ])('%s', async (_, connection, left) => {
    const { host, listen } = createTestHost({ limits: { requestsPerConnection: 1 } });
    const port = await listen('plain');
    const socket = connectTcp({ port, host: '127.0.0.1', allowHalfOpen: true });
    onTestFinished(() => void socket.destroy());
    socket.write(`GET ${PATH} HTTP/1.1\r\nHost: mta-sts.a.test\r\nConnection: ${connection}`);
    await new Promise((resolve) => socket.on('end', resolve).resume());
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(host.connections).toBe(left);
  });

  it('a stop answers what was asked, drops who asked nothing, and listens no more', async () => {
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    let isAsked = false;
    const { host, listen } = createTestHost({
      policies: {
        async find(domain) {
          isAsked = true;
          await gate;
          return { domain, id: '1', body: Buffer.from(BODY) };
        },
        forget: () => undefined,
      },
    });
    const port = await listen('https');
    const idle = openTcp(port);
    const socket = openTls(port, 'mta-sts.a.test');
    socket.write(`GET ${PATH} HTTP/1.1\r\nHost: mta-sts.a.test\r\n\r\n`);
    const all = receive(socket);
    await until(() => isAsked && host.connections === 2);
    const stopped = host.close();
    await receive(idle);
    release();
    expect(await all).toContain('Connection: close');
    await stopped;
    expect(await receive(openTcp(port))).toBe('ECONNREFUSED');
  });

  it('a stop does not wait for ever', async () => {
    const { host, listen } = createTestHost({
      limits: { stopMs: 50 },
      policies: { find: () => new Promise(() => undefined), forget: () => undefined },
    });
    const socket = openTls(await listen('https'), 'mta-sts.a.test');
    socket.write(requestFor('mta-sts.a.test'));
    socket.on('error', () => undefined);
    await until(() => host.connections === 1);
    await host.close();
  });
});
