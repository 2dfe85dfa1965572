import { once } from 'node:events';
import { appendFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request, type RequestOptions } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createReportWorld, type ReportWorld } from '../../../../../test/peers/report-service.ts';

/** The machine may be busy. */
const PATIENCE_MS = 60_000;
const DAY = '2026-11-23';
const NEXT_DAY = '2026-11-24';
const RECORD = 'v=TLSRPTv1; rua=mailto:tls@receiver.test';
const EVENING_MS = Date.UTC(2026, 10, 23, 23, 50);

let world: ReportWorld;

beforeEach(async () => {
  world = await createReportWorld(EVENING_MS);
  world.dns.set('_smtp._tls.receiver.test', 'TXT', [RECORD]);
});
afterEach(() => world.close());

const STS = {
  'policy-type': 2,
  'policy-domain': 'receiver.test',
  'policy-string': ['version: STSv1', 'mode: enforce', 'mx: mx.receiver.test', 'max_age: 604800'],
  'mx-host': ['mx.receiver.test'],
};
const datagram = (policy: object): object => ({
  dpv: '1',
  d: 'receiver.test',
  pr: RECORD,
  policies: [policy],
});
const WELL = datagram({ ...STS, t: 0, f: 0 });
const EXPIRED = datagram({
  ...STS,
  'failure-details': [
    { c: 203, s: '192.0.2.1', n: 'mx.receiver.test', r: '198.51.100.7', f: 'certificate expired' },
  ],
  t: 1,
  f: 1,
});

const untilSent = (mails = 1): Promise<void> =>
  world.until(() => expect(world.sink.taken).toBe(mails));

async function listed(...argv: readonly string[]): Promise<{
  readonly reports: readonly {
    readonly reportId: string;
    readonly day: string;
    readonly deliveries: readonly { readonly state: string; readonly attempts: number }[];
  }[];
}> {
  const { stdout } = await world.command('report', 'list', '--json', ...argv);
  return JSON.parse(stdout) as never;
}

async function onlyReport() {
  const { reports } = await listed();
  expect(reports).toHaveLength(1);
  const [report] = reports;
  if (report === undefined) throw new TypeError('no report');
  return report;
}

describe('sekisho report serve', { timeout: PATIENCE_MS }, () => {
  it('RPT-3-10, RPT-3-13, RPT-5.3-2: reports what a mail server told of, signed, when the day is over', async () => {
    await world.start();
    await world.tell(WELL, WELL, EXPIRED);
    expect(world.sink.taken).toBe(0);
    await untilSent();
    expect(world.report()).toMatchObject({
      organizationName: 'Sender',
      contactInfo: 'tls@sender.test',
      startMs: Date.parse(`${DAY}T00:00:00Z`),
      endMs: Date.parse(`${NEXT_DAY}T00:00:00Z`),
      policies: [
        {
          policyType: 'sts',
          policyDomain: 'receiver.test',
          mxHost: ['mx.receiver.test'],
          totalSuccessfulSessionCount: 2,
          totalFailureSessionCount: 1,
          failureDetails: [{ receivingMxHostname: 'mx.receiver.test', failedSessionCount: 1 }],
        },
      ],
    });
    const { received } = world.sink;
    const unfolded = received.replaceAll(/\r\n[ \t]+/gu, ' ');
    expect(unfolded).toMatch(/^DKIM-Signature: .*d=sender\.test; .*s=tlsrpt;/mu);
    expect(received).toContain('To: <tls@receiver.test>');
    expect(received).toContain('TLS-Report-Submitter: sender.test');
    await world.until(async () => expect((await onlyReport()).deliveries[0]?.state).toBe('sent'));
    await world.clock.advance(3_600_000);
    expect(world.sink.taken).toBe(1);
  });

  it('counts what mail servers, a log and the daemon tell of in one report', async () => {
    const log = join(world.directory, 'mail.log');
    writeFileSync(log, 'Nov 23 23:00:00 mx postfix/smtp[1]: old\n');
    await world.start({ log: { file: log } });
    await world.tell(WELL);
    const session = {
      at: `${DAY}T23:00:00Z`,
      domain: 'receiver.test',
      policy: { 'policy-type': 'no-policy-found' },
      success: true,
      count: 5,
    };
    expect(await world.post('/v1/sessions', { sessions: [session] })).toMatchObject({
      status: 202,
      body: { accepted: 1 },
    });
    const missed = {
      domain: 'receiver.test',
      atMs: EVENING_MS,
      resultType: 'sts-policy-fetch-error',
      code: 'http-status',
    };
    expect((await world.post('/v1/discovery', { failures: [missed, missed] })).status).toBe(200);
    await world.clock.advance(2000);
    appendFileSync(
      log,
      `${DAY}T23:51:00Z mx postfix/smtp[77]: TLSRPT: status=failure, domain=receiver.test, receiving_mx=mx.receiver.test[198.51.100.7], failure_type=certificate_expired, failure_reason=old\n`,
    );
    const position = join(world.roleDirectory, 'report-log.json');
    await world.until(() =>
      expect(readFileSync(position, 'utf8')).toContain(String(statSync(log).size)),
    );
    await untilSent();
    const sums = world
      .report()
      .policies.map(({ policyType, failureDetails, ...policy }) => [
        policyType,
        policy.totalSuccessfulSessionCount,
        policy.totalFailureSessionCount,
        ...failureDetails.map((each) => `${each.failedSessionCount} ${each.resultType}`),
      ]);
    expect(sums.map((sum) => sum.join(' ')).toSorted()).toEqual([
      'no-policy-found 5 1 1 certificate-expired',
      // No sessions came about.
      'sts 0 0 2 sts-policy-fetch-error',
      'sts 1 0',
    ]);
  });

  it('takes sessions over the network from those that have a token', async () => {
    const tokensFile = join(world.directory, 'tokens');
    writeFileSync(tokensFile, '# the other server\n0123456789abcdef\n');
    const where = join(world.directory, 'http.sock');
    await world.start({ listen: { admin: 'off', http: `unix:${where}`, tokensFile } });
    const ask = (token?: string) => sendSessions(where, token);
    expect(await ask()).toBe(401);
    expect(await ask('fedcba9876543210')).toBe(401);
    expect(await ask('0123456789abcdef')).toBe(202);
    const metrics = await sendSessions(where, undefined, '/metrics');
    expect(metrics).toBe(404);
  });

  it('makes reports and sends none while nobody is named', async () => {
    await world.start({ contact: undefined, dkim: undefined });
    await world.tell(WELL);
    await world.until(async () => expect((await listed()).reports).toHaveLength(1));
    const { reportId, deliveries } = await onlyReport();
    expect([reportId.split('@')[1], deliveries[0]?.state]).toEqual(['unset.invalid', 'held']);
    const refused = await world.command('report', 'send');
    expect(refused).toMatchObject({ code: 65, stderr: expect.stringContaining('report.contact') });
    // Not in another name either.
    await world.stop();
    await world.start();
    expect(await world.command('report', 'send')).toMatchObject({ code: 0 });
    await world.until(async () =>
      expect((await onlyReport()).deliveries[0]?.state).toBe('given-up'),
    );
    expect(world.sink.stages).toEqual([]);
  });

  it('gives a report that was given up another chance when it is told to', async () => {
    await world.answerMail({ rcpt: { reply: '550 5.1.1 No such user' } });
    const service = await world.start();
    await world.tell(WELL);
    await world.until(async () =>
      expect((await onlyReport()).deliveries[0]?.state).toBe('given-up'),
    );
    const { reportId } = await onlyReport();
    const shown = await world.command('report', 'show', reportId);
    expect(shown.stdout).toContain('✗ 1  mailto:tls@receiver.test  given up');
    expect(shown.stdout).toContain('No such user');
    await world.answerMail({});
    await service.reload(world.load());
    const retried = await world.command('report', 'retry', reportId, '--destination', '1');
    expect(retried).toMatchObject({ code: 0, stdout: expect.stringContaining('1 destination') });
    await untilSent();
    await world.until(async () => expect((await onlyReport()).deliveries[0]?.state).toBe('sent'));
    expect((await world.command('report', 'retry', reportId)).code).toBe(1);
  });

  it('sends what is over at once when it is told to', async () => {
    await world.start({ spreadMinutes: 600 });
    await world.tell(WELL);
    expect((await world.command('report', 'send', '--day', DAY)).code).toBe(65);
    await world.until(async () => expect((await listed()).reports).toHaveLength(1));
    const dry = await world.command('report', 'send', '--dry-run');
    expect(dry).toMatchObject({ code: 0, stdout: expect.stringContaining('receiver.test') });
    expect(world.sink.taken).toBe(0);
    const sent = await world.command('report', 'send', '--domain', 'receiver.test', '--json');
    expect(JSON.parse(sent.stdout)).toEqual({ kind: 'ordered', deliveries: 1 });
    await untilSent();
  });

  it('says why a domain gets no report', async () => {
    world.dns.set('_smtp._tls.receiver.test', 'TXT', [RECORD, `${RECORD}.`]);
    await world.start();
    await world.tell(WELL);
    await world.until(async () => {
      const { stdout } = await world.command('report', 'list', '--day', DAY);
      expect(stdout).toContain('receiver.test  its record cannot be used');
    });
  });

  it('keeps what arrived right before the end', async () => {
    await world.start();
    await world.tell(WELL);
    await world.stop();
    const { stdout } = await world.command('report', 'list');
    expect(stdout).toBe(
      `day         state  domains  sessions  failures\n${DAY}  open         1         1         0\n`,
    );
  });

  it('shows its health and its metrics, without names of others', async () => {
    const admin = join(world.directory, 'admin.sock');
    await world.start({ listen: { admin: `unix:${admin}` } });
    await world.tell(WELL, '{not json');
    await untilSent();
    await world.until(async () => expect((await onlyReport()).deliveries[0]?.state).toBe('sent'));
    expect(JSON.parse(await get(admin, '/healthz'))).toMatchObject({ status: 'ok' });
    const metrics = await get(admin, '/metrics');
    for (const line of [
      'datagrams_total 2',
      'datagrams_bad_total{code="json-invalid"} 1',
      'sessions_total{source="datagram",result="success"} 1',
      'reports_total{outcome="made"} 1',
      'deliveries_total{outcome="sent"} 1',
      'deliveries{state="waiting"} 0',
      'sockets_receiving 1',
    ])
      expect(metrics).toContain(`sekisho_report_${line}\n`);
    expect(metrics).not.toContain('receiver');
  });

  it('gives its sockets the rights that they need', async () => {
    const { datagrams } = await world.start();
    const modeOf = (path: string): number => statSync(path).mode & 0o777;
    expect(modeOf(join(world.roleDirectory, 'report.sock'))).toBe(0o600);
    expect(datagrams).toEqual([join(world.roleDirectory, 'tlsrpt.sock')]);
    expect(modeOf(datagrams[0] ?? '')).toBe(0o622);
  });

  it('keeps its settings when the new ones cannot be used', async () => {
    const service = await world.start();
    writeFileSync(world.keyFile, 'no key');
    await expect(service.reload(world.load())).rejects.toMatchObject({ name: 'ConfigError' });
    await world.tell(WELL);
    await untilSent();
  });

  it('says what a datagram was that could not be used', async () => {
    await world.start();
    expect((await world.command('report', 'samples')).code).toBe(1);
    await world.tell('{not json\u001b[31m');
    const { stdout } = await world.command('report', 'samples');
    expect(stdout).toContain('json-invalid\n  "{not json\\x1b[31m"\nEver: 1 by datagram.\n');
  });
});

describe('sekisho report without a service', () => {
  it.each([
    [['list'], 1, 'nothing was collected yet'],
    [['show', 'a@b'], 1, 'nothing was collected yet'],
    [['send'], 69, 'nobody listens at'],
    [['retry', 'a@b'], 69, 'nobody listens at'],
    [['list', '--day', '2026-02-30'], 64, '--day: given is "2026-02-30"'],
    [['list', '--state', 'lost'], 64, '--state: given is "lost"'],
    [['retry', 'a@b', '--destination', '0'], 64, '--destination: given is "0"'],
    [['list', '--domain', 'a..b'], 64, 'Cannot read domain'],
  ])('report %j ends with %d', async (argv, code, stderr) => {
    world.load();
    const end = await world.command('report', ...argv);
    expect(end).toMatchObject({ code, stdout: '', stderr: expect.stringContaining(stderr) });
  });
});

describe('the control socket', { timeout: PATIENCE_MS }, () => {
  it.each([
    ['/v1/send', { day: 5 }],
    ['/v1/retry', {}],
    ['/v1/retry', { reportId: 'a@b', place: -1 }],
    ['/v1/discovery', { failures: [{ domain: 'a.test' }] }],
    ['/v1/discovery', { failures: 'x'.repeat(70_000) }],
  ])('refuses %s with a wrong body', async (path, body) => {
    await world.start();
    expect((await world.post(path, body)).status).toBe(400);
  });

  it('knows no report that is not there', async () => {
    await world.start();
    expect((await world.post('/v1/retry', { reportId: 'a@b' })).body).toEqual({
      kind: 'not-found',
    });
    expect((await world.command('report', 'show', 'a@b\u001b')).stderr).toContain('"a@b\\x1b"');
  });
});

async function get(socketPath: string, path: string): Promise<string> {
  return (await ask(socketPath, { path })).text;
}

async function sendSessions(
  socketPath: string,
  token: string | undefined,
  path = '/v1/sessions',
): Promise<number> {
  const session = {
    at: new Date(EVENING_MS).toISOString(),
    domain: 'receiver.test',
    policy: { 'policy-type': 'no-policy-found' },
    success: true,
  };
  const headers = {
    'content-type': 'application/json',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  const body = JSON.stringify({ sessions: [session] });
  return (await ask(socketPath, { path, method: 'POST', headers, body })).status;
}

async function ask(
  socketPath: string,
  { body, ...options }: RequestOptions & { readonly body?: string },
): Promise<{ readonly status: number; readonly text: string }> {
  const asked = request({ socketPath, ...options });
  asked.end(body);
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  return { status: response.statusCode ?? 0, text: await text(response) };
}
