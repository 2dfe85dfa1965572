import { gzipSync } from 'node:zlib';
import { type Domain, parseDomain } from '@sekisho/spec';
import { strToU8, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import {
  changed,
  mailOf,
  setUpAcceptor,
  signed,
} from '../../../../../test/fixtures/tls-reports/acceptor.ts';
import {
  buildReportMail,
  buildSinglePartMail,
  FILE_NAME,
  GZIPPED,
  REPORT,
  reportPart,
} from '../../../../../test/fixtures/tls-reports/report-mail.ts';
import {
  createFakeDkimVerifier,
  fakeDkimSignature,
  type VerifyDkim,
} from '../../io/dkim-verify/index.ts';
import { IoError } from '../../io/error.ts';
import type { AcceptorOptions } from './create-acceptor.ts';

function domain(text: string): Domain {
  const parsed = parseDomain(text);
  if (!parsed.ok) throw new TypeError(`no domain: ${text}`);
  return parsed.value;
}

describe('acceptMessage (RFC 8460 §3, §5.3)', () => {
  it('keeps a report whose reporter signed it', async () => {
    const { accept, kept, clock, log } = setUpAcceptor();
    const reportId = 'example.net 20261123.1@example.net';
    expect(await accept(buildReportMail())).toEqual({ kind: 'stored', reportId, repairs: 0 });
    expect(kept()).toMatchObject([
      {
        submitter: 'example.net',
        channel: 'lmtp',
        receivedAtMs: clock.now(),
        trust: { kind: 'verified', signedBy: 'example.net', selector: 's1', keyService: '*' },
        issues: [],
        report: { policies: [{ policyDomain: 'example.com', totalSuccessfulSessionCount: 7 }] },
      },
    ]);
    expect(Buffer.from(kept()[0]?.raw ?? []).toString()).toBe(REPORT);
    expect(log.entries).toMatchObject([{ event: 'report kept', fields: { trust: 'verified' } }]);
  });

  it('RPT-5.3-10: keeps it once, by mail and by POST', async () => {
    const { accept, post, kept } = setUpAcceptor();
    await accept(buildReportMail());
    expect(await accept(buildReportMail())).toMatchObject({ kind: 'duplicate' });
    expect(await post(GZIPPED)).toMatchObject({ kind: 'duplicate' });
    expect(kept()).toHaveLength(1);
  });

  it.each<[string, VerifyDkim, Buffer]>([
    ['without a signature', createFakeDkimVerifier(), buildReportMail()],
    [
      'with a stranger’s',
      createFakeDkimVerifier([fakeDkimSignature({ domain: 'evil.example' })]),
      buildReportMail(),
    ],
    [
      'with l=: RPT-3-16',
      createFakeDkimVerifier([fakeDkimSignature({ hasLengthTag: true })]),
      buildReportMail(),
    ],
    [
      'of another reporter than its author',
      signed,
      mailOf(changed((report) => (report['contact-info'] = 'tls@google.example'))),
    ],
    [
      'with two From fields',
      signed,
      buildReportMail({ from: 'a@example.net\r\nFrom: b@example.net' }),
    ],
    [
      'whose signatures cannot be read',
      () => Promise.reject(new IoError('dkim-unreadable', 'Cannot', { temporary: false })),
      buildReportMail(),
    ],
  ])('RPT-3-14: keeps a report %s apart', async (_, verifyDkim, mail) => {
    const { accept, kept } = setUpAcceptor({ verifyDkim });
    expect(await accept(mail)).toMatchObject({ kind: 'stored' });
    expect(kept()).toMatchObject([
      { trust: { kind: 'unverified', why: expect.stringMatching(/./) } },
    ]);
  });

  it.each<[string, Partial<AcceptorOptions>]>([
    [
      'the DNS',
      { verifyDkim: createFakeDkimVerifier([fakeDkimSignature({ result: 'temporary' })]) },
    ],
    [
      'the disk',
      {
        store: {
          putReport: () =>
            Promise.reject(new IoError('store-busy', 'Cannot write', { temporary: true })),
          putRefused: async () => {},
        },
      },
    ],
    [
      'a disk that needs repair',
      {
        store: {
          putReport: () =>
            Promise.reject(new IoError('store-unwritable', 'Cannot write', { temporary: false })),
          putRefused: async () => {},
        },
      },
    ],
  ])('asks for it again after a failure of %s, and has kept nothing', async (_, options) => {
    const { accept, kept } = setUpAcceptor(options);
    expect(await accept(buildReportMail())).toEqual({
      kind: 'later',
      problem: expect.stringMatching(/./),
    });
    expect(kept()).toEqual([]);
  });

  it('does not ask the DNS about a message without a report', async () => {
    const { accept, log, refused } = setUpAcceptor({
      verifyDkim: () => Promise.reject(new TypeError('asked')),
    });
    expect(await accept(buildSinglePartMail([], 'Dear postmaster'))).toEqual({
      kind: 'not-a-report',
    });
    expect(refused).toEqual([]);
    expect(log.entries).toMatchObject([{ level: 'debug' }]);
  });

  it('keeps what it cannot use, cut', async () => {
    const { accept, refused } = setUpAcceptor();
    const mail = Buffer.concat([mailOf(Buffer.from('[1]')), Buffer.alloc(99_999)]);
    const problems = [expect.stringContaining('no JSON object')];
    expect(await accept(mail)).toEqual({ kind: 'refused', problems });
    expect(refused).toEqual([expect.objectContaining({ channel: 'lmtp', problems })]);
    expect(refused[0]?.bytes).toHaveLength(65_536);
  });

  it('refuses what is too large without looking into it', async () => {
    const { accept, acceptor } = setUpAcceptor({ limits: { arrivalBytes: 100 } });
    expect(acceptor.largestBytes).toBe(100);
    expect(await accept(buildReportMail())).toMatchObject({
      kind: 'refused',
      problems: ['it is larger than 100 bytes'],
    });
  });

  it('answers even when it meets a defect', async () => {
    const { accept, log, refused } = setUpAcceptor({
      verifyDkim: () => Promise.reject(new TypeError('a \u001b[2J')),
    });
    expect(await accept(buildReportMail())).toEqual({
      kind: 'refused',
      problems: ['it cannot be processed: "a \\u{1b}[2J"'],
    });
    expect(refused).toHaveLength(1);
    expect(log.entries[0]).toMatchObject({ level: 'error', event: 'report not understood' });
  });

  it('keeps every report of a message', async () => {
    const other = changed((report) => (report['report-id'] = '2'));
    const parts = [
      reportPart('application/tlsrpt+gzip', GZIPPED),
      reportPart('application/tlsrpt+json', other),
      reportPart('application/tlsrpt+json', Buffer.from('{}')),
    ];
    const { accept, kept, refused } = setUpAcceptor();
    expect(await accept(buildReportMail({ parts }))).toMatchObject({ kind: 'stored' });
    expect(kept().map(({ report }) => report.reportId)).toEqual(['20261123.1@example.net', '2']);
    expect(refused).toHaveLength(1);
  });

  it('keeps none of them before the DNS has answered for all', async () => {
    const other = changed((report) => (report['contact-info'] = 'tls@example.org'));
    const parts = [
      reportPart('application/tlsrpt+json', other),
      reportPart('application/tlsrpt+gzip', GZIPPED),
    ];
    const verifyDkim = createFakeDkimVerifier([fakeDkimSignature({ result: 'temporary' })]);
    const { accept, kept } = setUpAcceptor({ verifyDkim });
    expect(await accept(buildReportMail({ parts }))).toMatchObject({ kind: 'later' });
    expect(kept()).toEqual([]);
  });

  it('looks at a letter’s JSON, and is not surprised that it is no report', async () => {
    const parts = [reportPart('application/json', Buffer.from('{"a":1}'), 'settings.json')];
    const mail = buildReportMail({
      fields: [],
      contentType: 'multipart/mixed; boundary=b1',
      parts,
    });
    expect(await setUpAcceptor().accept(mail)).toEqual({ kind: 'not-a-report' });
  });

  it('counts by door, outcome and trust, and repairs by code', async () => {
    const { accept, post, acceptor } = setUpAcceptor();
    await accept(mailOf(changed((report) => delete report['organization-name'])));
    await accept(buildReportMail());
    await accept(Buffer.from('x'));
    await post(Buffer.from('{}'));
    expect(acceptor.counts()).toEqual({
      arrivals: [
        { channel: 'lmtp', outcome: 'stored', trust: 'verified', count: 1 },
        { channel: 'lmtp', outcome: 'duplicate', trust: 'verified', count: 1 },
        { channel: 'lmtp', outcome: 'not-a-report', trust: undefined, count: 1 },
        { channel: 'post', outcome: 'refused', trust: undefined, count: 1 },
      ],
      repairs: new Map([['organization-missing', 1]]),
    });
  });
});

describe('domains that are ours', () => {
  it.each<[string, readonly Domain[] | 'any', string]>([
    ['any', 'any', 'stored'],
    ['the one', [domain('example.com')], 'stored'],
    ['one above', [domain('com')], 'stored'],
    ['another', [domain('example.org')], 'refused'],
    ['one that ends alike', [domain('le.com')], 'refused'],
    ['none', [], 'refused'],
  ])('are %s', async (_, domains, kind) => {
    expect(await setUpAcceptor({ domains }).post(GZIPPED)).toMatchObject({ kind });
  });

  it('include one that reports on DANE under the name of a mail host elsewhere', async () => {
    const json = changed((report) => {
      report.policies[0] = {
        ...report.policies[0],
        policy: { 'policy-type': 'tlsa', 'policy-domain': 'mx.host.example' },
      };
    });
    expect(
      await setUpAcceptor({ domains: [domain('example.com')] }).accept(mailOf(json)),
    ).toMatchObject({
      kind: 'stored',
    });
    const { kind } = await setUpAcceptor({ domains: [domain('example.com')] }).accept(
      mailOf(json, undefined, []),
    );
    expect(kind).toBe('refused');
  });
});

describe('acceptBody (RFC 8460 §5.4)', () => {
  it.each<[string, Uint8Array]>([
    ['gzip: RPT-5.4-2', GZIPPED],
    ['JSON: RPT-5.4-3', Buffer.from(REPORT)],
    ['gzip under the content coding gzip: AMB-72', gzipSync(GZIPPED)],
    ['a zip', zipSync({ [FILE_NAME]: strToU8(REPORT) })],
  ])('RPT-5.4-4: keeps %s, as something that nobody vouches for: AMB-75', async (_, bytes) => {
    const { post, kept, log } = setUpAcceptor();
    expect(await post(bytes)).toMatchObject({ kind: 'stored' });
    expect(kept()).toMatchObject([{ channel: 'post', trust: { kind: 'unauthenticated' } }]);
    expect(log.entries).toMatchObject([{ fields: { from: '192.0.2.1' } }]);
  });

  it.each<[string, Uint8Array]>([
    ['nothing', new Uint8Array()],
    ['text', Buffer.from('hello')],
    ['an empty archive', zipSync({ 'a.xml': strToU8('<a/>') })],
    ['a form', Buffer.from('a=b&c=d')],
    ['a deep nest', Buffer.from('['.repeat(100_000))],
  ])('refuses %s', async (_, bytes) => {
    const { post, refused } = setUpAcceptor();
    expect(await post(bytes)).toMatchObject({
      kind: 'refused',
      problems: [expect.stringMatching(/./)],
    });
    expect(refused).toHaveLength(1);
  });

  it('takes from a file’s name what the report leaves out', async () => {
    const { acceptor, kept } = setUpAcceptor();
    const bytes = changed((report) => {
      delete report.policies[0]?.policy['policy-domain'];
      delete report['contact-info'];
    });
    await acceptor.acceptBody({ channel: 'file', bytes, from: `/var/mail/${FILE_NAME}` });
    expect(kept()).toMatchObject([
      { submitter: 'example.net', report: { policies: [{ policyDomain: 'example.com' }] } },
    ]);
  });
});
