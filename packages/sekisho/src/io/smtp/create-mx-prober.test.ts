import { type AddressInfo, createServer, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  createCertificateAuthority,
  type LeafOptions,
} from '../../../../../test/peers/certificates.ts';
import { type Mx, type MxMode, startMx } from '../../../../../test/peers/mx.ts';
import { systemClock } from '../clock/index.ts';
import { createFakeResolver, fakeAnswer, fakeFailure } from '../dns/index.ts';
import { createMxProber, type MxProberOptions } from './create-mx-prober.ts';
import type { MxProbe } from './mx-prober.ts';
import { toConnectFault } from './probe-address.ts';

const DAY_MS = 86_400_000;
const authority = createCertificateAuthority();
const stranger = createCertificateAuthority(undefined, 'stranger');

async function probe(port: number, options: Partial<MxProberOptions> = {}): Promise<MxProbe> {
  const resolver = createFakeResolver({ 'a mx.a.test': fakeAnswer(['127.0.0.1']) });
  const prober = createMxProber({
    clock: systemClock,
    resolver,
    heloName: 'probe.test',
    ca: [authority.rootPem],
    port,
    ...options,
  });
  const [first, ...others] = await prober.probe('mx.a.test');
  if (first === undefined || others.length > 0) throw new Error('must be one result');
  return first;
}

async function start(leaf: LeafOptions = {}, mode: MxMode = 'starttls'): Promise<Mx> {
  const certificate = authority.issue({ dnsNames: ['mx.a.test'], ...leaf });
  const mx = await startMx({ certificate, mode });
  onTestFinished(() => mx.close());
  return mx;
}

/** A server that says what the test wants. */
async function startScript(run: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    run(socket);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** Answers each line with what stands for its verb. */
function answer(greeting: string, replies: Readonly<Record<string, string>>) {
  return (socket: Socket): void => {
    socket.write(greeting);
    socket.on('data', (chunk) => {
      for (const line of chunk.toString('latin1').split('\r\n')) {
        const reply = { QUIT: '221 bye\r\n', ...replies }[line.split(' ', 1)[0] ?? ''];
        if (reply !== undefined) socket.write(reply);
      }
    });
  };
}

const EHLO = '250-mx\r\n250-starttls\r\n250 8BITMIME\r\n';

describe('createMxProber (RFC 8461 §4.2, §7)', () => {
  it('STS-7.2-1: finds TLS 1.3 and the certificate, and says goodbye inside TLS', async () => {
    const mx = await start();
    const found = await probe(mx.port);
    expect(found).toMatchObject({
      mxHost: 'mx.a.test',
      address: '127.0.0.1',
      code: 'ok',
      tlsVersion: 'TLSv1.3',
      certificate: { dnsNames: ['mx.a.test'], issuer: 'CN=Sekisho test intermediate' },
    });
    expect(found.certificate?.notAfterMs).toBeGreaterThan(Date.now());
    expect(mx.heard).toEqual(['EHLO probe.test', 'STARTTLS', 'QUIT']);
    expect(mx.messages).toEqual([]);
  });

  it.each<[string, LeafOptions, string, string]>([
    [
      'STS-4.2-1: expired',
      { notBefore: new Date(Date.now() - 9 * DAY_MS), notAfter: new Date(Date.now() - DAY_MS) },
      'certificate-expired',
      'certificate-expired',
    ],
    [
      'STS-4.2-1: not yet valid',
      { notBefore: new Date(Date.now() + DAY_MS) },
      'certificate-not-yet-valid',
      'validation-failure',
    ],
    [
      'STS-4.2-2: self-signed',
      { signedBy: 'self' },
      'certificate-untrusted',
      'certificate-not-trusted',
    ],
    [
      'STS-4.2-2: without its intermediate',
      { withoutIntermediate: true },
      'certificate-untrusted',
      'certificate-not-trusted',
    ],
    [
      'STS-4.2-3: for the Policy Domain only',
      { dnsNames: ['a.test'] },
      'certificate-name-mismatch',
      'certificate-host-mismatch',
    ],
    [
      'STS-4.2-3: Common Name only',
      { dnsNames: [], commonName: 'mx.a.test' },
      'certificate-name-mismatch',
      'certificate-host-mismatch',
    ],
    [
      'STS-4.2-3: partial wildcard',
      { dnsNames: ['m*.a.test'] },
      'certificate-name-mismatch',
      'certificate-host-mismatch',
    ],
  ])('%s', async (_title, leaf, code, resultType) => {
    const mx = await start(leaf);
    const found = await probe(mx.port);
    expect(found).toMatchObject({ code, resultType, tlsVersion: 'TLSv1.3' });
    expect(found.certificate).toBeDefined();
    expect(mx.heard).toContain('QUIT');
  });

  it('STS-4.2-3: takes a wildcard for one label', async () => {
    const mx = await start({ dnsNames: ['*.a.test'] });
    expect(await probe(mx.port)).toMatchObject({ code: 'ok' });
  });

  it('STS-4.2-2: trusts no other authority', async () => {
    const mx = await start();
    expect(await probe(mx.port, { ca: [stranger.rootPem] })).toMatchObject({
      code: 'certificate-untrusted',
    });
  });

  it('STS-7.1-3: sends the MX host as SNI', async () => {
    const { port, hello } = await startHello();
    await probe(port, { timeoutMs: 2_000 });
    expect((await hello).includes('mx.a.test')).toBe(true);
  });

  it.each<[MxMode, string, string | undefined]>([
    ['no-starttls', 'starttls-not-offered', 'starttls-not-supported'],
    ['starttls-refused', 'starttls-refused', 'starttls-not-supported'],
    ['tls-1.1', 'tls-too-old', 'validation-failure'],
    ['close-after-ehlo', 'protocol', undefined],
  ])('an MX that is %s: %s', async (mode, code, resultType) => {
    const found = await probe((await start({}, mode)).port);
    expect(found.code).toBe(code);
    expect(found.resultType).toBe(resultType);
  });

  it('a tarpit ends in time', async () => {
    const { port } = await start({}, 'tarpit');
    const found = await probe(port, { replyTimeoutMs: 50, timeoutMs: 100 });
    expect(found.code).toBe('timeout');
    expect(found.durationMs).toBeLessThan(5_000);
  });

  it.each<[string, string, Readonly<Record<string, string>>, string, RegExp]>([
    ['a greeting of another protocol', 'SSH-2.0-x\r\n', {}, 'protocol', /reply code/],
    ['a busy server', '421 too busy \x1b[2J\r\n', {}, 'protocol', /"421 too busy \\x1b\[2J"/],
    ['a refusal', '554 go away\r\n', {}, 'protocol', /must be 220/],
    [
      'a server without EHLO',
      '220 mx\r\n',
      { EHLO: '502 no\r\n' },
      'starttls-not-offered',
      /502 no/,
    ],
    ['a server that refuses our name', '220 mx\r\n', { EHLO: '550 no\r\n' }, 'protocol', /550 no/],
    [
      'STARTTLS in the name of the server alone',
      '220 mx\r\n',
      { EHLO: '250-STARTTLS\r\n250 8BITMIME\r\n' },
      'starttls-not-offered',
      /names no STARTTLS/,
    ],
    [
      'a line that never ends',
      `220 ${'x'.repeat(100_000)}`,
      {},
      'protocol',
      /longer than 2048 octets/,
    ],
    [
      'a reply that never ends',
      '220 mx\r\n',
      { EHLO: '250-x\r\n'.repeat(10_000) },
      'protocol',
      /more than 100 lines/,
    ],
    [
      'plaintext behind the 220 of STARTTLS',
      '220 mx\r\n',
      { EHLO, STARTTLS: '220 go\r\n250 injected\r\n' },
      'protocol',
      /came in clear behind/,
    ],
    [
      'garbage in place of TLS',
      '220 mx\r\n',
      { EHLO, STARTTLS: '220 go\r\n' },
      'tls-failed',
      /TLS failed/,
    ],
  ])('%s', async (_title, greeting, replies, code, detail) => {
    const port = await startScript((socket) => {
      answer(greeting, replies)(socket);
      socket.on('data', (chunk) => {
        if (chunk[0] === 0x16) socket.write('this is not TLS, whatever it was that you asked\r\n');
      });
    });
    const found = await probe(port, { replyTimeoutMs: 1_000 });
    expect(found.code).toBe(code);
    expect(found.detail).toMatch(detail);
    expect(found.detail).toMatch(/^[\x20-\x7e]+$/);
  });

  it.each([
    ['in the greeting', '', {}],
    ['after EHLO', '220 mx\r\n', {}],
    ['after STARTTLS', '220 mx\r\n', { EHLO }],
    ['in the TLS handshake', '220 mx\r\n', { EHLO, STARTTLS: '220 go\r\n' }],
  ])('silence %s is a timeout', async (_title, greeting, replies) => {
    const port = await startScript(answer(greeting, replies));
    expect(await probe(port, { replyTimeoutMs: 50 })).toMatchObject({ code: 'timeout' });
  });

  it('the whole is bounded, however lively each step is', async () => {
    const port = await startScript((socket) => {
      const timer = setInterval(() => socket.write('220-x\r\n'), 5);
      socket.once('close', () => clearInterval(timer));
    });
    const found = await probe(port, { timeoutMs: 100, replyTimeoutMs: 90 });
    expect(found.code).toBe('timeout');
    expect(found.durationMs).toBeLessThan(5_000);
  });

  it('a port that nobody listens on is unreachable', async () => {
    const port = await startScript(() => undefined);
    const free = port === 1 ? 2 : 1;
    expect(await probe(free)).toMatchObject({
      code: 'unreachable',
      detail: expect.stringMatching(/refused/),
    });
  });

  it('says goodbye also in clear, and does not wait long for the answer', async () => {
    let heard = '';
    const port = await startScript((socket) => {
      answer('220 mx\r\n', { EHLO: '250 mx\r\n', QUIT: '' })(socket);
      socket.on('data', (chunk) => {
        heard += chunk.toString('latin1');
      });
    });
    const found = await probe(port, { replyTimeoutMs: 100, timeoutMs: 100 });
    expect(found.code).toBe('starttls-not-offered');
    expect(heard).toBe('EHLO probe.test\r\nQUIT\r\n');
  });

  it('ends when it is cancelled', async () => {
    const port = await startScript(() => undefined);
    const resolver = createFakeResolver({ 'a mx.a.test': fakeAnswer(['127.0.0.1']) });
    const prober = createMxProber({ clock: systemClock, resolver, heloName: 'x.test', port });
    const cancel = new AbortController();
    const probes = prober.probe('mx.a.test', { signal: cancel.signal });
    setImmediate(() => cancel.abort());
    expect(await probes).toMatchObject([{ code: 'timeout', detail: 'the look was cancelled' }]);
  });
});

describe('the addresses of an MX host', () => {
  async function probeAt(zones: Parameters<typeof createFakeResolver>[0], mxHost = 'mx.a.test') {
    const mx = await start();
    const resolver = createFakeResolver(zones);
    const ca = [authority.rootPem];
    const options = { clock: systemClock, resolver, heloName: 'x.test', ca, port: mx.port };
    return createMxProber(options).probe(mxHost);
  }

  it('are all looked at, each once', async () => {
    const probes = await probeAt({
      'a mx.a.test': fakeAnswer(['127.0.0.1', '127.0.0.2', '127.0.0.1']),
    });
    expect(probes.map(({ address, code }) => [address, code])).toEqual([
      ['127.0.0.1', 'ok'],
      ['127.0.0.2', 'unreachable'],
    ]);
  });

  it('of a family that the DNS did not tell are not taken for none', async () => {
    const probes = await probeAt({
      'a mx.a.test': fakeAnswer(['127.0.0.1']),
      'aaaa mx.a.test': fakeFailure('servfail'),
    });
    expect(probes.map(({ code }) => code)).toEqual(['ok', 'dns-failed']);
  });

  it('beyond the thirty-second are named', async () => {
    const addresses = Array.from({ length: 33 }, (_, place) => `127.0.1.${place + 1}`);
    const probes = await probeAt({ 'a mx.a.test': fakeAnswer(addresses) });
    expect(probes).toHaveLength(33);
    expect(probes[32]).toMatchObject({
      code: 'dns-failed',
      detail: expect.stringMatching(/^1 addresses too many/),
    });
  });

  it.each(['192.0.2.1', '', 'a b.test'])('%j is no host name', async (mxHost) => {
    expect(await probeAt({}, mxHost)).toMatchObject([{ mxHost, code: 'no-address' }]);
  });
});

describe('toConnectFault', () => {
  const error = (code: string) => Object.assign(new Error(code), { code });

  it.each(['ENETUNREACH', 'EHOSTUNREACH', 'EADDRNOTAVAIL', 'EAFNOSUPPORT'])(
    '%s tells of this machine only where it has no route',
    async (code) => {
      const none = await toConnectFault(error(code), '2001:db8::1', () => Promise.resolve(false));
      expect(none.code).toBe('no-route');
      const some = await toConnectFault(error(code), '2001:db8::1', () => Promise.resolve(true));
      expect(some.code).toBe('unreachable');
    },
  );

  it('asks the routing table itself', async () => {
    const fault = await toConnectFault(error('ENETUNREACH'), '127.0.0.1');
    expect(fault.code).toBe('unreachable');
  });
});

/** Takes STARTTLS and keeps the ClientHello. */
async function startHello(): Promise<{ readonly port: number; readonly hello: Promise<Buffer> }> {
  let take: (bytes: Buffer) => void;
  const hello = new Promise<Buffer>((resolve) => {
    take = resolve;
  });
  const port = await startScript((socket) => {
    answer('220 mx\r\n', { EHLO, STARTTLS: '220 go\r\n' })(socket);
    socket.on('data', (chunk) => {
      if (chunk[0] !== 0x16) return;
      take(chunk);
      socket.destroy();
    });
  });
  return { port, hello };
}
