import { connect as connectTcp, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import type { Domain } from '@sekisho/spec';
import { afterEach, describe, expect, it } from 'vitest';
import { createCertificateAuthority } from '../../../../../test/peers/certificates.ts';
import { createFakeClock } from '../../io/clock/index.ts';
import { createMemoryLog } from '../../io/log/index.ts';
import { loadServerTls } from '../../io/tls/index.ts';
import type { ServedPolicy } from './books.ts';
import { createCertificateBook, createChallengeBook, createPolicyHost } from './index.ts';
import type { PolicyHostOptions } from './policy-host.ts';

const PATH = '/.well-known/mta-sts.txt';
const BODY = 'version: STSv1\r\nmode: enforce\r\nmx: mx.a.test\r\nmax_age: 604800\r\n';
const authority = createCertificateAuthority();
const pairs = new Map(
  ['a.test', 'b.test', 'c.test'].map((domain) => [
    domain,
    authority.issue({ dnsNames: [`mta-sts.${domain}`] }),
  ]),
);

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** Certificates for a.test, b.test and c.test; policies for the first two. */
async function startHost(options: Partial<PolicyHostOptions> = {}) {
  const clock = createFakeClock();
  const log = createMemoryLog();
  const fetches: string[] = [];
  const dropped: string[] = [];
  const answered: string[] = [];
  const tls = await loadServerTls(clock);
  const challenges = createChallengeBook(tls);
  const find = async (domain: Domain): Promise<ServedPolicy | undefined> =>
    domain === 'a.test' || domain === 'b.test'
      ? { domain, id: '1', body: Buffer.from(BODY) }
      : undefined;
  const host = createPolicyHost({
    policies: { find, forget: () => undefined },
    tls,
    certificates: createCertificateBook({
      tls,
      load: async (domain) => pairs.get(domain),
      clock,
      log,
    }),
    challenges,
    observeFetch: ({ domain, id, address, userAgent }) =>
      fetches.push([domain, id, address, userAgent].join(' ')),
    clock,
    log,
    observer: {
      dropped: (why) => dropped.push(why),
      answered: (listener, status) => answered.push(`${listener} ${status}`),
    },
    ...options,
  });
  closers.push(() => host.close());
  const listen = async (kind: 'https' | 'plain' | 'http'): Promise<number> => {
    const address = await host.listen(kind, { host: '127.0.0.1', port: 0 });
    return Number(address.split(':').at(-1));
  };
  return { host, listen, challenges, fetches, dropped, answered, log };
}

function openTls(port: number, servername: string, options: ConnectionOptions = {}): TLSSocket {
  const socket = connect({
    port,
    host: '127.0.0.1',
    servername,
    ca: authority.rootPem,
    ...options,
  });
  closers.push(() => socket.destroy());
  return socket;
}

function openTcp(port: number): Socket {
  const socket = connectTcp(port, '127.0.0.1');
  socket.on('error', () => undefined);
  closers.push(() => socket.destroy());
  return socket;
}

/** Everything until the end, or the error's code. */
function receive(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
    });
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    socket.on('close', () => resolve(text));
  });
}

const requestFor = (host: string, line = `GET ${PATH} HTTP/1.1`, ...headers: string[]): string =>
  [line, `Host: ${host}`, 'Connection: close', ...headers, '', ''].join('\r\n');

async function ask(port: number, name: string, request = requestFor(name)): Promise<string> {
  const socket = openTls(port, name);
  socket.write(request);
  return receive(socket);
}

const statusOf = (response: string): string => response.slice(9, 12);
const until = async (condition: () => boolean): Promise<void> => {
  await expect.poll(condition, { interval: 5, timeout: 5000 }).toBe(true);
};

describe('the policy host over TLS (RFC 8461 §3.2, §3.3)', () => {
  it('STS-3.2-1, STS-8.2-4: gives out the policy, byte for byte, with nothing to stumble over', async () => {
    const { listen, fetches } = await startHost();
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
    const { listen } = await startHost();
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
    const { listen, dropped } = await startHost();
    const socket = openTls(await listen('https'), servername);
    expect(await receive(socket)).toBe('ERR_SSL_TLSV1_UNRECOGNIZED_NAME');
    expect(dropped).toEqual(['unrecognized-name']);
  });

  it('STS-7.1-5: aborts the handshake without a name', async () => {
    const { listen } = await startHost();
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
    const { listen, fetches } = await startHost();
    const response = await ask(await listen('https'), 'mta-sts.a.test', requestFor(host, line));
    expect(statusOf(response)).toBe(status);
    expect(response.toLowerCase()).not.toContain('location');
    expect(response.includes('Allow: GET, HEAD\r\n')).toBe(status === '405');
    expect(fetches).toHaveLength(status === '200' ? 1 : 0);
  });

  it('answers HEAD like GET without the body, which is no fetch', async () => {
    const { listen, fetches } = await startHost();
    const request = requestFor('mta-sts.a.test', `HEAD ${PATH} HTTP/1.1`);
    const response = await ask(await listen('https'), 'mta-sts.a.test', request);
    expect(response).toContain(`Content-Length: ${BODY.length}\r\n`);
    expect(response.endsWith('\r\n\r\n')).toBe(true);
    expect(fetches).toEqual([]);
  });

  it('has no policy for a domain that has only a certificate', async () => {
    const { listen } = await startHost();
    expect(statusOf(await ask(await listen('https'), 'mta-sts.c.test'))).toBe('404');
  });

  it('reads no body, and ends the connection that brings one', async () => {
    const { listen } = await startHost();
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
    const { listen } = await startHost({ limits: { requestsPerConnection: 3 } });
    const socket = openTls(await listen('https'), 'mta-sts.a.test');
    const one = `GET ${PATH} HTTP/1.1\r\nHost: mta-sts.a.test\r\n\r\n`;
    socket.write(one.repeat(5));
    const response = await receive(socket);
    expect(response.match(/HTTP\/1\.1 200/g)).toHaveLength(3);
    expect(response.match(/Connection: close/g)).toHaveLength(1);
  });

  it('answers a client that says at once that it sends no more', async () => {
    const { listen } = await startHost();
    const socket = openTls(await listen('https'), 'mta-sts.a.test', {
      allowHalfOpen: true,
    } as ConnectionOptions);
    socket.end(`GET ${PATH} HTTP/1.1\r\nHost: mta-sts.a.test\r\n\r\n`);
    expect(statusOf(await receive(socket))).toBe('200');
  });

  it('answers 503 when the store cannot be read, and reports it once', async () => {
    const { listen, log } = await startHost({
      policies: { find: () => Promise.reject(new Error('disk')), forget: () => undefined },
    });
    const port = await listen('https');
    expect(statusOf(await ask(port, 'mta-sts.a.test'))).toBe('503');
    expect(statusOf(await ask(port, 'mta-sts.a.test'))).toBe('503');
    expect(log.entries.map(({ event }) => event)).toEqual(['policy cannot be read']);
  });
});

describe('the TLS of the policy host', () => {
  it.each([
    ['TLSv1.2', 'ECDHE-ECDSA-AES128-GCM-SHA256'],
    ['TLSv1.3', 'TLS_AES_128_GCM_SHA256'],
  ] as const)('speaks %s, with %s', async (version, cipher) => {
    const { listen } = await startHost();
    const socket = openTls(await listen('https'), 'mta-sts.a.test', {
      minVersion: version,
      maxVersion: version,
      ALPNProtocols: ['h2', 'http/1.1'],
    });
    await new Promise((resolve) => socket.once('secureConnect', resolve));
    expect([socket.getProtocol(), socket.getCipher().name]).toEqual([version, cipher]);
    expect(socket.alpnProtocol).toBe('http/1.1');
    socket.write(requestFor('mta-sts.a.test'));
    expect(statusOf(await receive(socket))).toBe('200');
  });

  it('does not speak TLS 1.1', async () => {
    const { listen } = await startHost();
    const socket = openTls(await listen('https'), 'mta-sts.a.test', {
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'ALL:@SECLEVEL=0',
    });
    expect(await receive(socket)).toBe('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION');
  });

  it.each([
    ['HTTP/2 alone', { ALPNProtocols: ['h2'] }, 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL'],
    [
      'ciphers of old',
      { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA' },
      'ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE',
    ],
  ] as const)('refuses %s', async (_, options, code) => {
    const { listen } = await startHost();
    const socket = openTls(await listen('https'), 'mta-sts.a.test', options);
    expect(await receive(socket)).toBe(code);
  });

  it('refuses whom OpenSSL has no memory for, and reports it once', async () => {
    const serve = () => {
      throw new Error('no memory');
    };
    const { listen, dropped, log } = await startHost({
      tls: { ...(await loadServerTls(createFakeClock())), serve },
    });
    const port = await listen('https');
    for (let count = 0; count < 2; count += 1)
      expect(await receive(openTls(port, 'mta-sts.a.test'))).toBe(
        'ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR',
      );
    expect(dropped).toEqual(['internal-error', 'internal-error']);
    expect(log.entries.map(({ event }) => event)).toEqual(['TLS cannot begin']);
  });

  async function resume(version: 'TLSv1.2' | 'TLSv1.3'): Promise<boolean> {
    const { listen } = await startHost();
    const port = await listen('https');
    const options = { minVersion: version, maxVersion: version };
    const first = openTls(port, 'mta-sts.a.test', options);
    let session: Buffer | undefined;
    first.once('secureConnect', () => (session = first.getSession()));
    first.on('session', (ticket: Buffer) => (session = ticket));
    first.write(requestFor('mta-sts.a.test'));
    await receive(first);
    const again = openTls(port, 'mta-sts.a.test', { ...options, session });
    await new Promise((resolve) => again.once('secureConnect', resolve));
    return again.isSessionReused();
  }

  it('resumes a session of TLS 1.3', async () => {
    expect(await resume('TLSv1.3')).toBe(true);
  });

  it('resumes none of TLS 1.2, which would have to be bound to the name (RFC 6066 §3)', async () => {
    expect(await resume('TLSv1.2')).toBe(false);
  });

  it('does not renegotiate', async () => {
    const { listen } = await startHost();
    const socket = openTls(await listen('https'), 'mta-sts.a.test', { maxVersion: 'TLSv1.2' });
    await new Promise((resolve) => socket.once('secureConnect', resolve));
    const outcome = await new Promise((resolve) => {
      socket.on('error', resolve);
      socket.renegotiate({}, resolve);
    });
    expect(String(outcome)).toContain('no renegotiation');
  });

  it('shows the certificate of a tls-alpn-01 challenge to who asks for that protocol alone (RFC 8737 §3)', async () => {
    const { listen, challenges } = await startHost();
    const challenge = authority.issue({ dnsNames: ['mta-sts.new.test'], commonName: 'challenge' });
    challenges.addAlpn('mta-sts.new.test', challenge);
    const port = await listen('https');
    const socket = openTls(port, 'mta-sts.new.test', { ALPNProtocols: ['acme-tls/1'] });
    await new Promise((resolve) => socket.once('secureConnect', resolve));
    expect(socket.alpnProtocol).toBe('acme-tls/1');
    expect(socket.getPeerCertificate().subject.CN).toBe('challenge');
    expect(await receive(socket)).toBe('');
    const other = openTls(port, 'mta-sts.a.test', { ALPNProtocols: ['acme-tls/1'] });
    expect(await receive(other)).toBe('ERR_SSL_TLSV1_UNRECOGNIZED_NAME');
    const mixed = openTls(port, 'mta-sts.new.test', { ALPNProtocols: ['http/1.1', 'acme-tls/1'] });
    expect(await receive(mixed)).toBe('ERR_SSL_TLSV1_UNRECOGNIZED_NAME');
  });
});

describe('the policy host behind a proxy', () => {
  async function askPlain(port: number, host: string, ...headers: string[]): Promise<string> {
    const socket = openTcp(port);
    socket.write(requestFor(host, undefined, ...headers));
    return receive(socket);
  }

  it('knows the policies by Host, and no others', async () => {
    const { listen } = await startHost();
    const port = await listen('plain');
    const statuses: string[] = [];
    for (const host of ['mta-sts.a.test:8080', 'mta-sts.z.test', 'a.test'])
      statuses.push(statusOf(await askPlain(port, host)));
    expect(statuses).toEqual(['200', '404', '421']);
  });

  it('believes X-Forwarded-For of trusted proxies only', async () => {
    const header = 'X-Forwarded-For: 192.0.2.1, 198.51.100.2';
    const open = await startHost();
    await askPlain(await open.listen('plain'), 'mta-sts.a.test', header);
    const behind = await startHost({ trustedProxies: ['127.0.0.0/8'] });
    await askPlain(await behind.listen('plain'), 'mta-sts.a.test', header);
    expect([...open.fetches, ...behind.fetches].map((line) => line.split(' ')[2])).toEqual([
      '127.0.0.1',
      '198.51.100.2',
    ]);
  });

  it('listens on a Unix socket, whose other end is trusted', async () => {
    const { host, fetches } = await startHost();
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
    const { listen, challenges } = await startHost();
    challenges.addHttp('mta-sts.new.test', 'tok_en-1', 'tok_en-1.thumb');
    const socket = openTcp(await listen('http'));
    socket.write(requestFor(host, line));
    const response = await receive(socket);
    expect(statusOf(response)).toBe(status);
    expect(response.endsWith('\r\n\r\ntok_en-1.thumb')).toBe(status === '200');
  });
});

/** What a client sends first. */
function clientHello(servername: string): Promise<Buffer> {
  return new Promise((resolve) => {
    const socket = new Duplex({
      read: () => undefined,
      write: (chunk: Buffer, _, done) => {
        resolve(chunk);
        done();
      },
    });
    connect({ socket, servername }).on('error', () => undefined);
  });
}

describe('the bounds of the policy host', () => {
  const short = { handshakeMs: 60, requestMs: 60, idleMs: 60, answerMs: 60 };

  it('ends who connects and says nothing', async () => {
    const { listen, dropped } = await startHost({ limits: short });
    expect(await receive(openTcp(await listen('https')))).toBe('');
    expect(dropped).toEqual(['handshake']);
  });

  it('ends who stops in the middle of a handshake', async () => {
    const { listen, dropped } = await startHost({ limits: short });
    const socket = openTcp(await listen('https'));
    const hello = await clientHello('mta-sts.a.test');
    socket.write(hello);
    await receive(socket);
    expect(dropped).toEqual(['handshake']);
  });

  it('ends who sends a request byte by byte', async () => {
    const { listen, dropped } = await startHost({ limits: short });
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
    const { listen, dropped } = await startHost({ limits: short });
    const socket = openTls(await listen('https'), 'mta-sts.a.test');
    socket.write(`GET ${PATH} HTTP/1.1\r\nHost: mta-sts.a.test\r\n\r\n`);
    expect(statusOf(await receive(socket))).toBe('200');
    expect(dropped).toEqual(['idle']);
  });

  it.each(['plain', 'https'] as const)(
    'ends who does not take the answers over %s, and does not gather them',
    async (kind) => {
      const { listen, dropped, answered } = await startHost({
        limits: { ...short, requestsPerConnection: 1_000_000 },
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
    const { listen, dropped } = await startHost();
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
    const { listen, host, dropped } = await startHost({ limits: { connectionsPerAddress: 3 } });
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
    const { host, listen } = await startHost({ limits: { requestsPerConnection: 1 } });
    const port = await listen('plain');
    const socket = connectTcp({ port, host: '127.0.0.1', allowHalfOpen: true });
    closers.push(() => socket.destroy());
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
    const { host, listen } = await startHost({
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
    const { host, listen } = await startHost({
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
