import { generateKeyPairSync } from 'node:crypto';
import { createServer, connect as connectTcp, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import * as fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createCertificateAuthority } from '../../../../../test/peers/certificates.ts';
import { createFakeClock, type FakeClock } from '../clock/index.ts';
import type { PemPair } from '../key-files/index.ts';
import {
  type Channel,
  loadServerTls,
  type ServerProtocol,
  type ServerTls,
  type TlsCertificate,
} from './index.ts';

const authority = createCertificateAuthority();
const pair: PemPair = authority.issue({ dnsNames: ['mta-sts.a.test'] });
const clock: FakeClock = createFakeClock();
let tls: ServerTls;
let certificate: TlsCertificate;
beforeAll(async () => {
  tls = await loadServerTls(clock);
  certificate = tls.prepare(pair);
});
afterAll(() => certificate.release());

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

interface Served {
  readonly port: number;
  /** What happened at the latest connection. */
  readonly events: string[];
  readonly sockets: Set<Socket>;
}

/** A server whose connections send back what they are sent. */
async function startEcho({
  protocol = 'http/1.1',
  offersTls13 = true,
  isCareless = false,
}: {
  readonly protocol?: ServerProtocol;
  readonly offersTls13?: boolean;
  /** It never pauses. */
  readonly isCareless?: boolean;
} = {}): Promise<Served> {
  const events: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    socket.once('data', (arrived: Buffer) => {
      const channel: Channel = tls.serve(socket, {
        arrived,
        certificate,
        protocol,
        offersTls13,
        events: {
          secured: () => events.push('secured'),
          data(bytes) {
            if (!channel.write(bytes) && !isCareless) channel.pause();
          },
          ended() {
            events.push('ended');
            channel.close();
          },
          drained: () => channel.resume(),
        },
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  return { port: typeof address === 'object' && address ? address.port : 0, events, sockets };
}

function open(port: number, options: ConnectionOptions = {}): TLSSocket {
  const socket = connect({
    ...(options.socket === undefined ? { port, host: '127.0.0.1' } : {}),
    servername: 'mta-sts.a.test',
    ca: authority.rootPem,
    ...options,
  });
  closers.push(() => socket.destroy());
  return socket;
}

/** Sends, ends, and resolves to all that came back, or to the error's code. */
function exchange(socket: TLSSocket, bytes: Buffer): Promise<Buffer | string> {
  return new Promise((resolve) => {
    const parts: Buffer[] = [];
    socket.on('data', (part: Buffer) => parts.push(part));
    socket.on('end', () => resolve(Buffer.concat(parts)));
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    socket.on('close', () => resolve('closed'));
    socket.end(bytes);
  });
}

/** A connection whose writes after the first, the ClientHello, are sent in another form. */
function reshape(port: number, form: (bytes: Buffer) => readonly Buffer[]): Duplex {
  const raw = connectTcp({ port, host: '127.0.0.1', noDelay: true });
  let isFirst = true;
  const stream = new Duplex({
    read: () => raw.resume(),
    write(chunk: Buffer, _, done) {
      for (const part of isFirst ? [chunk] : form(chunk)) raw.write(part);
      isFirst = false;
      done();
    },
    final: (done) => raw.end(done),
    destroy(error, done) {
      raw.destroy();
      done(error);
    },
  });
  raw.on('data', (chunk) => stream.push(chunk));
  raw.on('end', () => stream.push(null));
  raw.on('error', () => stream.destroy());
  closers.push(() => raw.destroy());
  return stream;
}

const HELLO = Buffer.from('hello');

describe('prepare', () => {
  const other = authority.issue({ dnsNames: ['mta-sts.b.test'] });
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const locked = privateKey
    .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-128-cbc', passphrase: 'secret' })
    .toString();
  it.each<[string, PemPair, string]>([
    ['no certificate', { ...pair, chainPem: 'nothing' }, 'read the certificate'],
    ['an empty chain', { ...pair, chainPem: '' }, 'read the certificate'],
    [
      'a chain whose second certificate is broken',
      { ...pair, chainPem: pair.chainPem.replace(/(END CERT[^]*?\n)MII/, '$1MI') },
      'read the certificate',
    ],
    ['no key', { ...pair, keyPem: '' }, 'read the private key'],
    ['a key with a passphrase, which nobody is asked for', { ...pair, keyPem: locked }, 'private'],
    ['a key of another certificate', { ...pair, keyPem: other.keyPem }, 'show the certificate'],
  ])('refuses %s', (_, bad, message) => {
    if (bad.chainPem !== pair.chainPem) expect(bad.chainPem).not.toContain(pair.chainPem);
    expect(() => tls.prepare(bad)).toThrow(message);
  });

  it('never fails but by an error, whatever the files hold', () => {
    const texts = fc.oneof(
      fc.string(),
      fc.nat(pair.chainPem.length).map((end) => pair.chainPem.slice(0, end)),
      fc.constantFrom(pair.keyPem, pair.chainPem),
    );
    fc.assert(
      fc.property(texts, texts, (keyPem, chainPem) => {
        try {
          tls.prepare({ keyPem, chainPem }).release();
        } catch (error) {
          expect(String(error)).toContain('OpenSSL says');
        }
      }),
    );
  });

  it('is undone once, and what was released is shown no more', async () => {
    const released = tls.prepare(pair);
    released.release();
    released.release();
    const options = { arrived: HELLO, offersTls13: true, protocol: 'http/1.1' } as const;
    const nothing = () => undefined;
    const events = { secured: nothing, data: nothing, ended: nothing, drained: nothing };
    const { port } = await startEcho();
    const socket = connectTcp(port, '127.0.0.1');
    closers.push(() => socket.destroy());
    expect(() => tls.serve(socket, { ...options, certificate: released, events })).toThrow(
      TypeError,
    );
  });
});

describe('serve', () => {
  it.each([
    ['TLSv1.2', 'http/1.1'],
    ['TLSv1.3', 'http/1.1'],
    ['TLSv1.2', 'acme-tls/1'],
    ['TLSv1.3', 'acme-tls/1'],
  ] as const)(
    'speaks %s and %s, shows the whole chain, and carries bytes',
    async (version, protocol) => {
      const { port, events } = await startEcho({ protocol, offersTls13: version === 'TLSv1.3' });
      const socket = open(port, {
        minVersion: version,
        maxVersion: version,
        ALPNProtocols: ['h2', protocol],
      });
      await new Promise((resolve) => socket.once('secureConnect', resolve));
      expect([socket.getProtocol(), socket.alpnProtocol]).toEqual([version, protocol]);
      expect(socket.getPeerCertificate(true).issuerCertificate.subject.CN).not.toBe(
        socket.getPeerCertificate().subject.CN,
      );
      expect(await exchange(socket, HELLO)).toEqual(HELLO);
      expect(events).toEqual(['secured', 'ended']);
    },
  );

  it('does without ALPN where the client offers nothing', async () => {
    const { port } = await startEcho();
    const socket = open(port);
    expect(await exchange(socket, HELLO)).toEqual(HELLO);
    expect(socket.alpnProtocol).toBe(false);
  });

  it('carries megabytes to a client that takes its time', async () => {
    const { port } = await startEcho();
    const socket = open(port);
    const bytes = Buffer.alloc(3_000_000, 'sekisho');
    const back = exchange(socket, bytes);
    socket.pause();
    setTimeout(() => socket.resume(), 50);
    expect(Buffer.compare((await back) as Buffer, bytes)).toBe(0);
  });

  it('does not listen to who takes nothing, even if its owner does not care', async () => {
    const { port, sockets } = await startEcho({ isCareless: true });
    const socket = open(port);
    socket.on('error', () => undefined);
    socket.pause();
    for (let count = 0; count < 200; count += 1) socket.write(Buffer.alloc(200_000));
    const isPaused = () => [...sockets].map((each) => each.isPaused());
    await expect.poll(isPaused, { timeout: 10_000 }).toEqual([true]);
    expect([...sockets][0]?.writableLength).toBeLessThan(1_000_000);
    const back = new Promise<number>((resolve) => {
      let size = 0;
      socket.on('data', (part: Buffer) => {
        size += part.length;
        if (size === 40_000_000) resolve(size);
      });
      socket.resume();
    });
    expect(await back).toBe(40_000_000);
  });

  it('goes on with a certificate that is released meanwhile', async () => {
    const { port } = await startEcho();
    const kept = certificate;
    certificate = tls.prepare(pair);
    const socket = open(port);
    await new Promise((resolve) => socket.once('secureConnect', resolve));
    certificate.release();
    certificate = kept;
    expect(await exchange(socket, HELLO)).toEqual(HELLO);
  });

  it('is the same however the bytes arrive', async () => {
    const { port } = await startEcho();
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
        async (cuts) => {
          let cut = 0;
          const split = (bytes: Buffer): Buffer[] => {
            const parts: Buffer[] = [];
            for (let at = 0; at < bytes.length; ) {
              const size = cuts[cut++ % cuts.length] ?? 1;
              parts.push(bytes.subarray(at, at + size));
              at += size;
            }
            return parts;
          };
          const socket = open(port, { socket: reshape(port, split) });
          expect(await exchange(socket, HELLO)).toEqual(HELLO);
        },
      ),
      { numRuns: 20 },
    );
  });

  it('survives what breaks the protocol after the ClientHello, and serves the next', async () => {
    const { port, sockets } = await startEcho();
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.integer({ min: 1, max: 255 }), async (place, change) => {
        const spoil = (bytes: Buffer): Buffer[] => {
          const spoilt = Buffer.from(bytes);
          const at = place % spoilt.length;
          spoilt[at] = (spoilt[at] ?? 0) ^ change;
          return [spoilt];
        };
        const socket = open(port, { socket: reshape(port, spoil) });
        const timer = setTimeout(() => socket.destroy(), 100);
        expect(await exchange(socket, HELLO)).not.toEqual(HELLO);
        clearTimeout(timer);
        socket.destroy();
      }),
      { numRuns: 50 },
    );
    expect(await exchange(open(port), HELLO)).toEqual(HELLO);
    await expect.poll(() => sockets.size, { timeout: 5000 }).toBe(0);
  });

  it('answers random bytes for a ClientHello with an alert', async () => {
    const { port } = await startEcho();
    const socket = connectTcp(port, '127.0.0.1');
    socket.end(Buffer.from([22, 3, 1, 0, 4, 1, 0, 0, 0]));
    const [first] = await new Promise<Buffer>((resolve) => socket.once('data', resolve));
    expect(first).toBe(21);
  });

  it('resumes sessions, without a further ticket, until the keys of tickets are twelve hours old', async () => {
    const { port } = await startEcho();
    const resume = async (
      session?: Buffer,
      options: ConnectionOptions = {},
    ): Promise<[boolean, Buffer | undefined]> => {
      const socket = open(port, { ...options, ...(session === undefined ? {} : { session }) });
      let ticket: Buffer | undefined;
      let isReused = false;
      socket.on('session', (value: Buffer) => (ticket = value));
      socket.on('secureConnect', () => (isReused = socket.isSessionReused()));
      expect(await exchange(socket, HELLO)).toEqual(HELLO);
      return [isReused, ticket];
    };
    const [, session] = await resume();
    expect(await resume(session)).toEqual([true, undefined]);
    // The server asks for another ClientHello, with a share that it knows.
    expect(await resume(session, { ecdhCurve: 'ffdhe8192:X25519' })).toEqual([true, undefined]);
    await clock.advance(43_200_000);
    expect((await resume(session))[0]).toBe(false);
  });
});
