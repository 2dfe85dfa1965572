import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createCertificateAuthority } from '../../../../../test/peers/certificates.ts';
import {
  type SmtpFault,
  type SmtpSink,
  type SmtpStage,
  startSmtpSink,
} from '../../../../../test/peers/smtp-sink.ts';
import { createFakeClock, systemClock } from '../clock/index.ts';
import { createSmtpMailOut } from './create-smtp-mail-out.ts';
import type { HandOverOptions } from './mail-out.ts';
import type { SmtpMailOutOptions } from './smtp-session.ts';

const MAIL = {
  from: 'tlsrpt@example.net',
  to: 'reports@example.com',
  message: Buffer.from('Subject: one\r\n\r\n.dot\r\nend\r\n'),
};
const authority = createCertificateAuthority();
const leaf = authority.issue({ dnsNames: ['localhost'] });

const toClose: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of toClose.splice(0)) await each.close();
});

/** Commits at once, and counts. */
function commits(): HandOverOptions & { readonly count: number } {
  let count = 0;
  return {
    get count() {
      return count;
    },
    beforeCommit: () => {
      count += 1;
      return Promise.resolve();
    },
  };
}

function mailOut(port: number, options: Partial<SmtpMailOutOptions> = {}) {
  return createSmtpMailOut({
    clock: systemClock,
    host: '127.0.0.1',
    port,
    tls: 'off',
    ehloName: 'mta.example.net',
    ca: [authority.rootPem],
    ...options,
  });
}

async function sinkWith(faults: Partial<Record<SmtpStage, SmtpFault>> = {}): Promise<SmtpSink> {
  const sink = await startSmtpSink(faults);
  toClose.push(sink);
  return sink;
}

interface Received {
  readonly from: string;
  readonly to: string;
  readonly isSecure: boolean;
  readonly user: unknown;
  readonly ehlo: string;
  readonly message: string;
}

async function serverWith(options: SMTPServerOptions) {
  const received: Received[] = [];
  const server = new SMTPServer({
    authOptional: true,
    closeTimeout: 100,
    logger: false,
    onData(stream, session, callback) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        received.push({
          from: (session.envelope.mailFrom || { address: '' }).address,
          to: session.envelope.rcptTo.map(({ address }) => address).join(),
          isSecure: session.secure,
          user: session.user === false ? undefined : session.user,
          ehlo: session.hostNameAppearsAs,
          message: Buffer.concat(chunks).toString('latin1'),
        });
        callback();
      });
    },
    ...options,
  });
  server.on('error', () => undefined);
  server.listen(0, 'localhost');
  await once(server.server, 'listening');
  toClose.push({ close: () => new Promise<void>((resolve) => server.close(resolve)) });
  return { port: (server.server.address() as AddressInfo).port, received };
}

const tlsFiles = { key: leaf.keyPem, cert: leaf.chainPem };

describe('createSmtpMailOut: a mail server that works (RFC 5321)', () => {
  it.each([
    ['in the clear', { disabledCommands: ['STARTTLS'] }, 'off', false],
    ['by STARTTLS where it is offered', tlsFiles, 'opportunistic', true],
    ['in the clear where it is not', { disabledCommands: ['STARTTLS'] }, 'opportunistic', false],
    ['by STARTTLS with a valid certificate', tlsFiles, 'required', true],
    ['by TLS from the first byte', { ...tlsFiles, secure: true }, 'implicit', true],
  ] as const)('hands a message over %s', async (_title, server, tls, isSecure) => {
    const { port, received } = await serverWith(server as SMTPServerOptions);
    const options = commits();
    const outcome = await mailOut(port, { host: 'localhost', tls }).handOver(MAIL, options);
    expect(outcome).toEqual({ kind: 'taken', detail: expect.stringMatching(/^"250 /) });
    expect(options.count).toBe(1);
    expect(received).toEqual([
      {
        from: MAIL.from,
        to: MAIL.to,
        isSecure,
        ehlo: 'mta.example.net',
        user: undefined,
        message: MAIL.message.toString(),
      },
    ]);
  });

  it('signs in', async () => {
    const { port, received } = await serverWith({
      ...tlsFiles,
      authOptional: false,
      onAuth: ({ username, password }, _session, callback) =>
        password === 'right'
          ? callback(null, { user: username })
          : callback(new Error('no such password')),
    });
    const way = { host: 'localhost', tls: 'required' } as const;
    const right = { user: 'reporter', password: 'right' };
    const good = mailOut(port, { ...way, login: right });
    expect((await good.handOver(MAIL, commits())).kind).toBe('taken');
    expect(received[0]?.user).toBe('reporter');
    const bad = mailOut(port, { ...way, login: { ...right, password: 'wrong' } });
    expect(await bad.handOver(MAIL, commits())).toEqual({
      kind: 'later',
      problem: expect.stringContaining('"535 '),
    });
    const none = await mailOut(port, way).handOver(MAIL, commits());
    expect(none).toMatchObject({ kind: 'later', problem: expect.stringContaining('530') });
  });

  it('uses the null sender when there is no other', async () => {
    const { port, received } = await serverWith({ disabledCommands: ['STARTTLS'] });
    await mailOut(port, { host: 'localhost' }).handOver({ ...MAIL, from: '' }, commits());
    expect(received[0]?.from).toBe('');
  });

  it('RPT-5.3.1-1: falls back to the clear when TLS cannot be had and nobody requires it', async () => {
    const old = { ...tlsFiles, minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1' } as const;
    const { port, received } = await serverWith(old);
    const way = { host: 'localhost', tls: 'opportunistic' } as const;
    expect((await mailOut(port, way).handOver(MAIL, commits())).kind).toBe('taken');
    expect(received[0]?.isSecure).toBe(false);
  });

  it.each([
    ['required', 'a certificate for another name', ['other.test']],
    ['implicit', 'a certificate for another name', ['other.test']],
  ] as const)('with TLS %s refuses %s, and sends nothing', async (tls, _title, dnsNames) => {
    const other = authority.issue({ dnsNames });
    const files = { key: other.keyPem, cert: other.chainPem, secure: tls === 'implicit' };
    const { port, received } = await serverWith(files);
    const options = commits();
    const outcome = await mailOut(port, { host: 'localhost', tls }).handOver(MAIL, options);
    expect(outcome.kind).toBe('later');
    expect(options.count).toBe(0);
    expect(received).toEqual([]);
  });

  it('with TLS required does not go on in the clear', async () => {
    const { port, received } = await serverWith({ disabledCommands: ['STARTTLS'] });
    const way = mailOut(port, { host: 'localhost', tls: 'required' });
    expect((await way.handOver(MAIL, commits())).kind).toBe('later');
    expect(received).toEqual([]);
  });

  it('does not sign in where the password could be read', () => {
    const login = { user: 'a', password: 'b' };
    for (const tls of ['off', 'opportunistic'] as const)
      expect(() => mailOut(25, { host: 'mta.example.net', tls, login })).toThrow(TypeError);
    expect(() => mailOut(25, { host: 'localhost', tls: 'off', login })).not.toThrow();
  });
});

describe('createSmtpMailOut: the commit', () => {
  it('comes when all but the end is out, and the end waits for it', async () => {
    const sink = await sinkWith();
    let release = (): void => undefined;
    const leave = new Promise<void>((resolve) => {
      release = resolve;
    });
    const outcome = mailOut(sink.port).handOver(MAIL, { beforeCommit: () => leave });
    await vi.waitFor(() => expect(sink.received).toContain('..dot\r\nend\r\n'));
    expect(sink.taken).toBe(0);
    release();
    expect((await outcome).kind).toBe('taken');
    expect(sink.taken).toBe(1);
  });

  it('that is refused keeps the end back', async () => {
    const sink = await sinkWith();
    const beforeCommit = () => Promise.reject(new Error('store is gone'));
    const outcome = await mailOut(sink.port).handOver(MAIL, { beforeCommit });
    expect(outcome).toMatchObject({ kind: 'later', problem: expect.stringContaining('store') });
    expect(sink.taken).toBe(0);
  });

  it('is not asked for when the connection breaks before', async () => {
    const sink = await sinkWith({ rcpt: { kind: 'drop' } });
    const options = commits();
    expect((await mailOut(sink.port).handOver(MAIL, options)).kind).toBe('later');
    expect(options.count).toBe(0);
  });

  it('that is waited for while the connection breaks does not make the outcome unknown', async () => {
    const sink = await sinkWith();
    const beforeCommit = async (): Promise<void> => {
      await sink.close();
      await new Promise(setImmediate);
      await new Promise(setImmediate);
      await new Promise(setImmediate);
    };
    const outcome = await mailOut(sink.port).handOver(MAIL, { beforeCommit });
    expect(outcome.kind).toBe('later');
  });
});

describe('createSmtpMailOut: a mail server that goes wrong (RFC 5321 §4.2.1)', () => {
  it.each<[SmtpStage, string, string]>([
    ['greeting', '421 4.3.2 not now', 'later'],
    ['greeting', '554 5.3.2 no service', 'later'],
    ['ehlo', '421 4.3.2 not now', 'later'],
    ['ehlo', '550 5.7.1 go away', 'later'],
    ['mail', '451 4.3.0 later', 'later'],
    ['mail', '530 5.7.0 sign in first', 'later'],
    ['mail', '550 5.7.1 not from here', 'refused'],
    ['rcpt', '450 4.2.1 busy', 'later'],
    ['rcpt', '550 5.1.1 nobody', 'refused'],
    ['data', '451 4.3.0 later', 'later'],
    ['data', '554 5.5.1 no', 'refused'],
    ['message', '451 4.3.0 later', 'later'],
    ['message', '421 4.3.2 closing', 'later'],
    ['message', '554 5.6.0 content', 'refused'],
    ['message', '354 go on', 'unknown'],
    ['message', 'what?', 'unknown'],
  ])('%s is answered with %j: %s', async (stage, reply, kind) => {
    const sink = await sinkWith({ [stage]: { reply } });
    const outcome = await mailOut(sink.port).handOver(MAIL, commits());
    expect(outcome).toMatchObject({ kind, problem: expect.any(String) });
    const command = stage === 'ehlo' && reply.startsWith('550') ? 'HELO' : reply;
    expect('problem' in outcome && outcome.problem).toContain(command);
  });

  it.each<[SmtpStage, string]>([
    ['greeting', 'later'],
    ['ehlo', 'later'],
    ['mail', 'later'],
    ['rcpt', 'later'],
    ['data', 'later'],
    ['message', 'unknown'],
  ])('the connection breaks at %s: %s', async (stage, kind) => {
    const sink = await sinkWith({ [stage]: { kind: 'drop' } });
    expect((await mailOut(sink.port).handOver(MAIL, commits())).kind).toBe(kind);
  });

  it.each<[SmtpStage, number, string]>([
    ['greeting', 300_000, 'later'],
    ['ehlo', 300_000, 'later'],
    ['mail', 300_000, 'later'],
    ['rcpt', 300_000, 'later'],
    ['data', 300_000, 'later'],
    ['message', 600_000, 'unknown'],
  ])('silence at %s is given up after %i ms: %s', async (stage, limitMs, kind) => {
    const clock = createFakeClock();
    const sink = await sinkWith({ [stage]: { kind: 'hang' } });
    let outcome: { readonly kind: string } | undefined;
    const done = mailOut(sink.port, { clock })
      .handOver(MAIL, commits())
      .then((result) => {
        outcome = result;
      });
    await vi.waitFor(() => expect(sink.stages.at(-1)).toBe(stage));
    await clock.advance(limitMs - 1);
    expect(outcome).toBeUndefined();
    await clock.advance(1);
    await done;
    expect(outcome).toMatchObject({ kind, problem: expect.stringContaining(`${limitMs} ms`) });
  });

  it('a reply without end is cut off', async () => {
    const sink = await sinkWith({ ehlo: { reply: `250-${'x'.repeat(100_000)}` } });
    const outcome = await mailOut(sink.port).handOver(MAIL, commits());
    expect(outcome).toMatchObject({ kind: 'later', problem: expect.stringContaining('size') });
  });

  it('an acceptance of the message before its end is none', async () => {
    const sink = await sinkWith({ data: { reply: '354 go on\r\n250 2.0.0 done already' } });
    const beforeCommit = () => new Promise<void>(() => undefined);
    const outcome = await mailOut(sink.port).handOver(MAIL, { beforeCommit });
    expect(outcome).toMatchObject({ kind: 'later', problem: expect.stringContaining('before') });
    expect(sink.taken).toBe(0);
  });

  it('nobody listens', async () => {
    const sink = await startSmtpSink();
    await sink.close();
    expect(await mailOut(sink.port).handOver(MAIL, commits())).toMatchObject({
      kind: 'later',
      problem: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it('remote text comes out escaped and short', async () => {
    const sink = await sinkWith({ mail: { reply: `451 \u001b[31m${'y'.repeat(5000)}` } });
    const outcome = await mailOut(sink.port).handOver(MAIL, commits());
    expect('problem' in outcome && outcome.problem).toMatch(/^[\x20-\x7e]{20,300}$/);
  });

  it.each([
    ['before it starts', true],
    ['under way', false],
  ])('is cancelled %s', async (_title, isEarly) => {
    const sink = await sinkWith({ ehlo: { kind: 'hang' } });
    const controller = new AbortController();
    if (isEarly) controller.abort();
    const options = { ...commits(), signal: controller.signal };
    const done = mailOut(sink.port).handOver(MAIL, options);
    if (!isEarly) await vi.waitFor(() => expect(sink.stages).toContain('ehlo'));
    controller.abort();
    expect(await done).toMatchObject({ kind: 'later', problem: expect.stringContaining('cancel') });
  });
});
