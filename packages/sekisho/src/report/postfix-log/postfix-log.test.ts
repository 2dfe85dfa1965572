import type { Domain } from '@sekisho/spec';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLogReader, parseSyslogLine, type SyslogMessage } from './index.ts';
import { parseSmtpEvent } from './smtp-event.ts';

const NOW_MS = Date.UTC(2026, 2, 1, 12);

const local = (year: number, month: number, day: number, ...time: number[]): number =>
  new Date(year, month - 1, day, ...time).getTime();

describe('parseSyslogLine', () => {
  it.each<[string, number, number | undefined]>([
    ['2026-02-03T04:05:06.789012+09:00', NOW_MS, Date.UTC(2026, 1, 2, 19, 5, 6, 789)],
    ['2026-02-03T04:05:06Z', NOW_MS, Date.UTC(2026, 1, 3, 4, 5, 6)],
    ['2026-02-03T04:05:06-0130', NOW_MS, Date.UTC(2026, 1, 3, 5, 35, 6)],
    ['2026-02-33T04:05:06Z', NOW_MS, undefined],
    ['2026-02-03T04:05:06', NOW_MS, undefined],
    ['Feb  3 04:05:06', NOW_MS, local(2026, 2, 3, 4, 5, 6)],
    ['Feb 03 04:05:06', NOW_MS, local(2026, 2, 3, 4, 5, 6)],
    ['Dec 31 23:59:59', local(2026, 1, 1), local(2025, 12, 31, 23, 59, 59)],
    ['Jan  1 00:00:01', local(2025, 12, 31, 23, 59, 59), local(2026, 1, 1, 0, 0, 1)],
    ['Feb 29 12:00:00', local(2026, 3, 1), local(2024, 2, 29, 12)],
    ['Feb 30 12:00:00', NOW_MS, undefined],
    ['Foo  3 04:05:06', NOW_MS, undefined],
    ['Feb  3 24:05:06', NOW_MS, undefined],
  ])('%s', (time, nowMs, atMs) => {
    const read = parseSyslogLine(`${time} mail postfix/smtp[42]: hello: you`, nowMs);
    const message = { program: 'postfix/smtp', pid: 42, message: 'hello: you' };
    expect(read).toEqual(atMs === undefined ? undefined : { atMs, ...message });
  });

  it.each([
    '2026-02-03T04:05:06Z',
    '2026-02-03T04:05:06Z mail kernel: x',
    'Feb  3 04:05:06 a b',
    '',
  ])('%s is no message of a process', (line) => {
    expect(parseSyslogLine(line, NOW_MS)).toBeUndefined();
  });
});

const MX = 'mx.example.com[192.0.2.1]';
const OTHER = 'mx2.example.com[2001:db8::2]';
const tls = (peer: string, trust = 'Trusted') =>
  `${trust} TLS connection established to ${peer}:25: TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)`;
const sent = (address = 'ann@example.com', peer = MX, queueId = '4ABC12') =>
  `${queueId}: to=<${address}>, relay=${peer}:25, delay=1, delays=0/0/1/0, dsn=2.0.0, status=sent (250 2.0.0 OK)`;
const deferred = (text: string, peer = MX, address = 'ann@example.com') =>
  `4ABC12: to=<${address}>, relay=${peer}:25, delay=1, delays=0/0/1/0, dsn=4.7.5, status=deferred (${text})`;
const offered = (peer: string) => `TLS is required, but was not offered by host ${peer}`;

const say = (message: string, more: Partial<SyslogMessage> = {}): SyslogMessage => ({
  atMs: NOW_MS,
  program: 'postfix/smtp',
  pid: 42,
  message,
  ...more,
});

/** `domain: ok`, or `domain: result-type reason host[ip]`, for each session. */
function outcomes(messages: readonly (string | SyslogMessage)[]): string[] {
  const reader = createLogReader();
  const read = messages.flatMap((each) => reader.read(typeof each === 'string' ? say(each) : each));
  return read.map(({ session: { domain, isSuccess, failures } }) => {
    const [failure] = failures;
    if (failure === undefined) return `${domain}: ${isSuccess ? 'ok' : 'failed'}`;
    const { resultType, failureReasonCode = '-', receivingMxHostname, receivingIp } = failure;
    return `${domain}: ${resultType} ${failureReasonCode} ${receivingMxHostname}[${receivingIp}]`;
  });
}

describe('createLogReader: the lines of Postfix 3.10 (RFC 8460 §4.3)', () => {
  const summary = (rest: string) => `TLSRPT: status=${rest}`;
  it.each([
    [summary(`success, domain=example.com, receiving_mx=${MX}`), 'example.com: ok'],
    [
      summary(
        `failure, domain=Example.com, receiving_mx=${MX}, failure_type=starttls_not_supported`,
      ),
      `example.com: starttls-not-supported - ${MX}`,
    ],
    [
      summary(
        `failure, domain=example.com, receiving_mx=${OTHER}, failure_type=validation_failure, failure_reason=a, b\u001b`,
      ),
      `example.com: validation-failure a, b? ${OTHER}`,
    ],
    [
      summary(`failure, domain=example.com, receiving_mx=${MX}, failure_type=unfinished_policY`),
      `example.com: validation-failure - ${MX}`,
    ],
    [`4ABC12: ${summary(`success, domain=example.com, receiving_mx=${MX}`)}`, 'example.com: ok'],
  ])('%s', (message, expected) => {
    expect(outcomes([message])).toEqual([expected]);
  });

  it('counts a session once, whatever else is logged of it', () => {
    const line = summary(`success, domain=example.com, receiving_mx=${MX}`);
    expect(outcomes([tls(MX), line, sent(), tls(MX), sent()])).toEqual(['example.com: ok']);
  });

  it('reads the other lines again a day after the last summary', () => {
    const line = summary(`success, domain=example.com, receiving_mx=${MX}`);
    const later = { atMs: NOW_MS + 86_400_000 };
    expect(outcomes([line, say(tls(MX), later), say(sent(), later)])).toHaveLength(2);
  });
});

describe('createLogReader: the lines before 3.10', () => {
  const failed = `certificate verification failed for ${MX}:25: `;
  it.each<[string, (string | SyslogMessage)[], string[]]>([
    ['a session', [tls(MX), sent()], ['example.com: ok']],
    [
      'nobody had to trust it',
      [`${failed}self-signed certificate`, tls(MX, 'Untrusted'), sent()],
      ['example.com: ok'],
    ],
    ['two recipients', [tls(MX), sent(), sent('bob@example.com')], ['example.com: ok']],
    [
      'a reused connection',
      [tls(MX), sent(), tls(MX).replace('established', 'reused'), sent()],
      ['example.com: ok'],
    ],
    ['delivery without TLS', [sent()], []],
    [
      'RPT-4.3.1-1: STARTTLS missing',
      [deferred(offered(MX))],
      [`example.com: starttls-not-supported - ${MX}`],
    ],
    [
      'STARTTLS missing, two recipients',
      [deferred(offered(MX)), deferred(offered(MX), MX, 'bob@example.com')],
      [`example.com: starttls-not-supported - ${MX}`],
    ],
    [
      'STARTTLS missing again at the next attempt',
      [deferred(offered(MX)), say(deferred(offered(MX)), { atMs: NOW_MS + 300_000 })],
      [
        `example.com: starttls-not-supported - ${MX}`,
        `example.com: starttls-not-supported - ${MX}`,
      ],
    ],
    [
      'the first host fails, the second does not',
      [`4ABC12: ${offered(MX)}`, tls(OTHER), sent('ann@example.com', OTHER)],
      [`example.com: starttls-not-supported - ${MX}`, 'example.com: ok'],
    ],
    [
      'RPT-4.3.1-4 RPT-4.3.1-5: not trusted',
      [
        `${failed}untrusted issuer /C=JP/CN=Nobody`,
        tls(MX, 'Untrusted'),
        deferred('Server certificate not trusted'),
      ],
      [`example.com: certificate-not-trusted untrusted issuer ${MX}`],
    ],
    [
      'not trusted, the first of two hosts',
      [
        tls(MX, 'Untrusted'),
        '4ABC12: Server certificate not trusted',
        tls(OTHER),
        sent('ann@example.com', OTHER),
      ],
      [`example.com: certificate-not-trusted untrusted ${MX}`, 'example.com: ok'],
    ],
    [
      'RPT-4.3.1-3: expired',
      [
        `server ${failed}certificate has expired`,
        tls(MX, 'Untrusted'),
        deferred('Server certificate not trusted'),
      ],
      [`example.com: certificate-expired certificate has expired ${MX}`],
    ],
    [
      'the certificate of another host',
      [
        `${failed}certificate has expired`,
        tls(OTHER, 'Untrusted'),
        deferred('Server certificate not trusted', OTHER),
      ],
      [`example.com: certificate-not-trusted untrusted ${OTHER}`],
    ],
    [
      'RPT-4.3.1-2: another name',
      [tls(MX), deferred('Server certificate not verified')],
      [`example.com: certificate-host-mismatch - ${MX}`],
    ],
    [
      'RPT-4.3.1-6 RPT-4.3.1-7: a handshake that fails',
      [
        `SSL_connect error to ${MX}:25: -1`,
        '4ABC12: Cannot start TLS: handshake failure',
        deferred('Cannot start TLS: handshake failure'),
      ],
      [`example.com: validation-failure tls-handshake-failure ${MX}`],
    ],
    [
      'and is followed by delivery without TLS',
      [`SSL_connect error to ${MX}:25: lost connection`, sent()],
      [`example.com: validation-failure tls-handshake-failure ${MX}`],
    ],
    [
      'STARTTLS refused',
      [deferred(`TLS is required, but host ${MX} refused to start TLS: 454 4.7.0 no`)],
      [`example.com: validation-failure starttls-refused ${MX}`],
    ],
    ['our own fault', [deferred('TLS is required, but our TLS engine is unavailable')], []],
    [
      'RPT-4.3.4-1: no connection',
      [deferred('connect to mx.example.com[192.0.2.1]:25: Connection refused', 'none')],
      [],
    ],
    ['TLS, then a refusal', [tls(MX), deferred(`host ${MX} said: 450 later`)], ['example.com: ok']],
    [
      'processes side by side',
      [tls(MX), say(tls(OTHER), { pid: 7 }), sent('b@b.test'), say(sent('a@a.test'), { pid: 7 })],
      ['b.test: ok', 'a.test: ok'],
    ],
    ['a quoted local part', [tls(MX), sent('"a>, relay=x@y"@example.com')], ['example.com: ok']],
    ['an address literal', [tls(MX), sent('ann@[192.0.2.1]')], []],
    [
      'another instance',
      [
        say(tls(MX), { program: 'postfix-out/relay/smtp' }),
        say(sent(), { program: 'postfix-out/relay/smtp' }),
      ],
      ['example.com: ok'],
    ],
    [
      'another program',
      [say(tls(MX), { program: 'postfix/lmtp' }), say(sent(), { program: 'postfix/smtpd' })],
      [],
    ],
  ])('%s', (_, messages, expected) => {
    expect(outcomes(messages)).toEqual(expected);
  });

  it('reads U-labels where somebody can', () => {
    const reader = createLogReader({ toAscii: () => 'xn--bcher-kva.test' });
    reader.read(say(tls(MX)));
    const [read] = reader.read(say(sent('ann@bücher.test')));
    expect(read?.session.domain).toBe('xn--bcher-kva.test');
    expect(outcomes([tls(MX), sent('ann@bücher.test')])).toEqual([]);
  });

  it('gives no policy, and the time of the line', () => {
    const reader = createLogReader();
    reader.read(say(tls(MX)));
    expect(reader.read(say(sent(), { atMs: NOW_MS + 5 }))).toEqual([
      {
        atMs: NOW_MS + 5,
        session: {
          domain: 'example.com' as Domain,
          source: 'log',
          policy: {
            policyType: 'no-policy-found',
            policyDomain: 'example.com',
            policyString: [],
            mxHost: [],
          },
          isSuccess: true,
          failures: [],
          count: 1,
        },
      },
    ]);
  });

  it('remembers a bounded number of processes, and of sessions in each', () => {
    const reader = createLogReader({ mostProcesses: 3 });
    for (let pid = 1; pid <= 10; pid += 1) reader.read(say(tls(MX), { pid }));
    expect(reader.processes).toBe(3);
    expect(reader.read(say(sent(), { pid: 1 }))).toEqual([]);
    expect(reader.read(say(sent(), { pid: 10 }))).toHaveLength(1);
    for (let count = 0; count < 100; count += 1) reader.read(say(tls(MX), { pid: 10 }));
    expect(reader.read(say(sent(), { pid: 10 }))).toHaveLength(32);
  });
});

describe('the log', () => {
  it('throws nothing, whatever is in it', () => {
    const pieces = fc.constantFrom(
      tls(MX),
      sent(),
      deferred(offered(MX)),
      'TLSRPT: status=failure, domain=',
      MX,
      ': to=<',
      '>, ',
      '2026-02-03T04:05:06Z mail postfix/smtp[42]: ',
      'status=sent (',
      ')',
      'Server certificate not ',
    );
    const line = fc
      .array(fc.oneof(pieces, fc.string({ unit: 'binary' })), { maxLength: 8 })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.array(line, { maxLength: 10 }), (lines) => {
        const reader = createLogReader();
        for (const each of lines) {
          const read = parseSyslogLine(each, NOW_MS) ?? say(each);
          for (const { session } of reader.read(read)) {
            expect(session.domain).toMatch(/^[!-~]+$/);
            expect(JSON.stringify(session.failures)).toMatch(/^[\x20-\x7e]*$/);
          }
        }
      }),
    );
  });

  it('takes little time for a long line of anybody', () => {
    const line = `4ABC12: to=<a@b.test>, relay=${MX}:25, ${'status=sent '.repeat(5000)}`;
    const startMs = performance.now();
    expect(parseSmtpEvent(line)).toBeUndefined();
    expect(performance.now() - startMs).toBeLessThan(2000);
  });
});
