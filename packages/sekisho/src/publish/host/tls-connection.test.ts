import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import type { Domain } from '@sekisho/spec';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  answerTo,
  ask,
  authority,
  createTestHost,
  openReshaped,
  openTls,
  POLICY_PATH,
  receive,
  recordClientHello,
  requestFor,
  statusOf,
  until,
} from '../../../../../test/peers/served-policy-host.ts';
import type { CertificateBook } from './books.ts';
import { createCertificateBook } from './index.ts';

const HOST = 'mta-sts.a.test';
const GET = `GET ${POLICY_PATH} HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`;

const secured = async (socket: TLSSocket): Promise<void> => {
  await once(socket, 'secureConnect');
};

describe('the TLS of the policy host', () => {
  it.each([
    ['TLSv1.2', 'ECDHE-ECDSA-AES128-GCM-SHA256'],
    ['TLSv1.3', 'TLS_AES_128_GCM_SHA256'],
  ] as const)('speaks %s, with %s, and shows the whole chain', async (version, cipher) => {
    const { listen } = createTestHost();
    const socket = openTls(await listen('https'), HOST, {
      minVersion: version,
      maxVersion: version,
      ALPNProtocols: ['h2', 'http/1.1'],
    });
    await secured(socket);
    expect([socket.getProtocol(), socket.getCipher().name]).toEqual([version, cipher]);
    expect(socket.alpnProtocol).toBe('http/1.1');
    expect(socket.getPeerCertificate(true).issuerCertificate.subject.CN).not.toBe(
      socket.getPeerCertificate().subject.CN,
    );
    socket.write(requestFor(HOST));
    expect(statusOf(await receive(socket))).toBe('200');
  });

  it('does not speak TLS 1.1', async () => {
    const { listen } = createTestHost();
    const socket = openTls(await listen('https'), HOST, {
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
    const { listen } = createTestHost();
    const socket = openTls(await listen('https'), HOST, options);
    expect(await receive(socket)).toBe(code);
  });

  it('says in its random that it could have spoken TLS 1.3 (RFC 8446 §4.1.3)', async () => {
    const { listen } = createTestHost();
    const old = await recordClientHello(HOST, { maxVersion: 'TLSv1.2' });
    const serverHello = await answerTo(await listen('https'), old);
    expect(serverHello.subarray(35, 43).toString('latin1')).toBe('DOWNGRD\u0001');
  });

  it('refuses a client that fell back although both know TLS 1.3 (RFC 7507)', async () => {
    const { listen } = createTestHost();
    const hello = await recordClientHello(HOST, { maxVersion: 'TLSv1.2' });
    // The last cipher of its list becomes TLS_FALLBACK_SCSV.
    const suites = 44 + (hello[43] ?? 0);
    hello.writeUInt16BE(0x5600, suites + hello.readUInt16BE(suites));
    const inappropriateFallback = 86;
    expect(await answerTo(await listen('https'), hello)).toEqual(
      Buffer.from([21, 3, 3, 0, 2, 2, inappropriateFallback]),
    );
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('resumes no session of %s', async (version) => {
    const { listen } = createTestHost();
    const port = await listen('https');
    const options = { minVersion: version, maxVersion: version };
    const first = openTls(port, HOST, options);
    let session: Buffer | undefined;
    first.once('secureConnect', () => (session = first.getSession()));
    first.on('session', (ticket: Buffer) => (session = ticket));
    first.write(requestFor(HOST));
    expect(statusOf(await receive(first))).toBe('200');
    expect(session).toBeDefined();
    const again = openTls(port, HOST, { ...options, session });
    await secured(again);
    expect(again.isSessionReused()).toBe(false);
  });

  it('does not renegotiate', async () => {
    const { listen } = createTestHost();
    const socket = openTls(await listen('https'), HOST, { maxVersion: 'TLSv1.2' });
    await secured(socket);
    const outcome = await new Promise((resolve) => {
      socket.on('error', resolve);
      socket.renegotiate({}, resolve);
    });
    expect(String(outcome)).toContain('no renegotiation');
  });

  it('refuses a name that is not ours before there is a certificate for it', async () => {
    const asked: Domain[] = [];
    const certificates: CertificateBook = {
      lend(domain, use) {
        asked.push(domain);
        use(undefined);
      },
      forget: () => undefined,
    };
    const { listen, dropped } = createTestHost({ certificates });
    const port = await listen('https');
    for (const name of ['a.test', 'mta-sts.z.test'])
      expect(await answerTo(port, await recordClientHello(name))).toEqual(
        Buffer.from([21, 3, 3, 0, 2, 2, 112]),
      );
    expect(asked).toEqual(['z.test']);
    expect(dropped).toEqual(['unrecognized-name', 'unrecognized-name']);
  });

  it('closes where Node does not begin TLS, and reports it once', async () => {
    const certificates: CertificateBook = {
      lend: (_, use) => use({ context: {} }),
      forget: () => undefined,
    };
    const { host, listen, log } = createTestHost({ certificates });
    const port = await listen('https');
    for (let count = 0; count < 2; count += 1)
      expect(await receive(openTls(port, HOST))).toMatch(/^(?:ECONNRESET)?$/);
    await until(() => host.connections === 0);
    expect(log.entries.map(({ event }) => event)).toEqual(['TLS cannot begin']);
  });
});

describe('tls-alpn-01 (RFC 8737 §3)', () => {
  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'shows the certificate of a challenge over %s to who asks for that protocol alone',
    async (version) => {
      const { listen, challenges } = createTestHost();
      const name = 'mta-sts.new.test';
      challenges.addAlpn(name, authority.issue({ dnsNames: [name], commonName: 'challenge' }));
      const port = await listen('https');
      const socket = openTls(port, name, {
        ALPNProtocols: ['acme-tls/1'],
        minVersion: version,
        maxVersion: version,
      });
      await secured(socket);
      expect(socket.alpnProtocol).toBe('acme-tls/1');
      expect(socket.getPeerCertificate().subject.CN).toBe('challenge');
      expect(await receive(socket)).toBe('');
      const other = openTls(port, HOST, { ALPNProtocols: ['acme-tls/1'] });
      expect(await receive(other)).toBe('ERR_SSL_TLSV1_UNRECOGNIZED_NAME');
      const mixed = openTls(port, name, { ALPNProtocols: ['http/1.1', 'acme-tls/1'] });
      expect(await receive(mixed)).toBe('ERR_SSL_TLSV1_UNRECOGNIZED_NAME');
    },
  );
});

describe('a TLS connection of the policy host', () => {
  const short = { handshakeMs: 100, requestMs: 100, idleMs: 100, answerMs: 100 };

  it('is the same however the bytes after the ClientHello arrive', async () => {
    const { listen } = createTestHost();
    const port = await listen('https');
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
        async (cuts) => {
          let cut = 0;
          const split = (bytes: Buffer, count: number): Buffer[] => {
            if (count === 0) return [bytes];
            const parts: Buffer[] = [];
            for (let at = 0; at < bytes.length; at += parts.at(-1)?.length ?? 0)
              parts.push(bytes.subarray(at, at + (cuts[cut++ % cuts.length] ?? 1)));
            return parts;
          };
          const socket = openTls(port, HOST, { socket: openReshaped(port, split) });
          socket.write(requestFor(HOST));
          expect(statusOf(await receive(socket))).toBe('200');
        },
      ),
      { numRuns: 20 },
    );
  });

  it('survives what breaks the protocol after the ClientHello, and serves the next', async () => {
    const { host, listen } = createTestHost({ limits: short });
    const port = await listen('https');
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.integer({ min: 1, max: 255 }), async (place, change) => {
        const spoil = (bytes: Buffer, count: number): Buffer[] => {
          const spoilt = Buffer.from(bytes);
          const at = place % spoilt.length;
          if (count > 0) spoilt[at] = (spoilt[at] ?? 0) ^ change;
          return [spoilt];
        };
        const socket = openTls(port, HOST, { socket: openReshaped(port, spoil) });
        socket.write(requestFor(HOST));
        expect(statusOf(await receive(socket))).not.toBe('200');
      }),
      { numRuns: 50 },
    );
    expect(statusOf(await ask(port, HOST))).toBe('200');
    await until(() => host.connections === 0);
  });

  it('goes on with its certificate when that is renewed and released', async () => {
    const pairs = [1, 2].map((number) =>
      authority.issue({ dnsNames: [HOST], commonName: `number ${number}` }),
    );
    const { clock, log } = createTestHost();
    const load = async () => pairs.shift();
    const certificates = createCertificateBook({ load, clock, log, mostReady: 1 });
    const { listen } = createTestHost({ certificates });
    const port = await listen('https');
    const open = async (): Promise<TLSSocket> => {
      const socket = openTls(port, HOST);
      await secured(socket);
      return socket;
    };
    const nameOf = (socket: TLSSocket): unknown => socket.getPeerCertificate().subject.CN;
    const before = await open();
    // Under way while the certificate changes.
    const between = openTls(port, HOST);
    await once(between, 'connect');
    certificates.forget('a.test' as Domain);
    const after = await open();
    expect([nameOf(before), nameOf(after)]).toEqual(['number 1', 'number 2']);
    for (const socket of [before, between, after]) {
      socket.write(requestFor(HOST));
      expect(statusOf(await receive(socket))).toBe('200');
    }
  });

  it('brings all to a client that takes its time', async () => {
    const { listen } = createTestHost({
      policies: {
        find: async (domain) => ({ domain, id: '1', body: Buffer.alloc(60_000, 'x') }),
        forget: () => undefined,
      },
    });
    const socket = openTls(await listen('https'), HOST);
    socket.write(GET.repeat(50));
    socket.pause();
    await delay(100);
    const all = receive(socket);
    socket.resume();
    socket.end();
    expect((await all).match(/200 OK/g)).toHaveLength(50);
  });

  it.each<[string, ConnectionOptions]>([
    ['TLS 1.2', { maxVersion: 'TLSv1.2' }],
    ['TLS 1.3', {}],
  ])('over %s answers a client that asks and ends in one breath', async (_, options) => {
    const { listen } = createTestHost();
    const socket: Socket = openTls(await listen('https'), HOST, {
      allowHalfOpen: true,
      ...options,
    } as ConnectionOptions);
    socket.end(GET);
    expect(statusOf(await receive(socket))).toBe('200');
  });
});
