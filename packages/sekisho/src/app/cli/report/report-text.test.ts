import type { Domain } from '@sekisho/spec';
import { formatTlsReport } from '@sekisho/spec';
import { describe, expect, it } from 'vitest';
import type { Delivery, DeliveryState, MadeReport } from '../../../report/store/index.ts';
import { createMarks } from '../text/style.ts';
import type { TextStyle } from '../text/style.ts';
import { createPaint } from '../text/style.ts';
import { alignRight } from '../text/table.ts';
import { describeDelivery } from './describe-delivery.ts';
import { renderList } from './render-list.ts';
import { renderReport } from './render-report.ts';

const NOW_MS = Date.UTC(2026, 10, 24, 6);
const HOUR_MS = 3_600_000;
const paint = createPaint(false);
const style: TextStyle = { nowMs: NOW_MS, paint, marks: createMarks(paint) };

const delivery = (state: DeliveryState, more: Partial<Delivery> = {}): Delivery => ({
  reportId: 'r@s.test',
  place: 0,
  uri: 'mailto:a@b.test',
  state,
  attempts: 0,
  nextAttemptAtMs: NOW_MS + HOUR_MS,
  ...more,
});

const report: MadeReport = {
  reportId: 'r@s.test',
  day: '2026-11-23',
  domain: 'b.test' as Domain,
  record: 'v=TLSRPTv1; rua=mailto:a@b.test',
  json: formatTlsReport({
    organizationName: 'S',
    contactInfo: 'a@s.test',
    reportId: 'r@s.test',
    startMs: Date.UTC(2026, 10, 23),
    endMs: Date.UTC(2026, 10, 24),
    policies: [
      {
        policyType: 'sts',
        policyDomain: 'b.test',
        policyString: ['version: STSv1'],
        mxHost: ['*.b.test'],
        totalSuccessfulSessionCount: 10,
        totalFailureSessionCount: 13,
        failureDetails: [
          {
            resultType: 'certificate-expired',
            failedSessionCount: 12,
            receivingMxHostname: 'mx.b.test',
            receivingIp: '192.0.2.1',
          },
          {
            resultType: 'validation-failure',
            failedSessionCount: 1,
            failureReasonCode: 'handshake\u001b[31m',
          },
        ],
      },
    ],
  }),
  successes: 10,
  failures: 13,
  madeAtMs: NOW_MS - HOUR_MS,
};

describe('describeDelivery', () => {
  it.each([
    ['sent', { endedAtMs: NOW_MS - HOUR_MS }, 'sent 1 hour ago'],
    ['waiting', {}, 'due in 1 hour'],
    ['waiting', { nextAttemptAtMs: 0 }, 'due now'],
    ['waiting', { attempts: 1 }, 'tried once, again in 1 hour'],
    ['committing', {}, 'under way'],
    ['given-up', { attempts: 9, endedAtMs: NOW_MS }, 'given up now, tried 9 times'],
    ['uncertain', { attempts: 1 }, 'may have arrived, tried once'],
    ['held', {}, 'held'],
    ['spared', {}, 'not needed'],
  ] as const)('%s %j', (state, more, text) => {
    expect(describeDelivery(delivery(state, more), style)).toBe(text);
  });
});

describe('report list', () => {
  it('has one line for each destination', () => {
    const deliveries = [
      delivery('sent', { endedAtMs: NOW_MS - HOUR_MS }),
      delivery('waiting', { place: 1, uri: 'https://b.test/\u202e' }),
    ];
    const skipped = { day: '2026-11-23', domain: 'c.test' as Domain, why: 'no-record' } as const;
    const day = { day: '2026-11-23', isClosed: true, domains: 2, successes: 1000, failures: 13 };
    const list = { days: [day], reports: [{ report, deliveries }], skipped: [skipped] };
    expect(renderList(list, style)).toBe(
      [
        'day         state   domains  sessions  failures',
        '2026-11-23  closed        2      1013        13',
        '',
        'day         domain  sessions  failures  destination                state            report',
        '2026-11-23  b.test        23        13  ✓ mailto:a@b.test          sent 1 hour ago  r@s.test',
        '                                        … https://b.test/\\u{202e}  due in 1 hour',
        '',
        'Without a report',
        '  2026-11-23  c.test  asks for no reports',
        '',
      ].join('\n'),
    );
  });
});

describe('report show', () => {
  it('says what it says, what became of it, and what can be done', () => {
    const lastProblem = 'mail server said "550 no"';
    const deliveries = [delivery('given-up', { attempts: 1, endedAtMs: NOW_MS, lastProblem })];
    expect(renderReport({ report, deliveries }, style)).toBe(
      [
        'r@s.test',
        '  about     b.test',
        '  day       2026-11-23 (UTC)',
        '  sessions  10 well, 13 failed',
        '  made      2026-11-24T05:00:00Z (1 hour ago)',
        '  record    v=TLSRPTv1; rua=mailto:a@b.test',
        '',
        'Destinations',
        '  ✗ 1  mailto:a@b.test  given up now, tried once',
        '       mail server said "550 no"',
        '       → sekisho report retry r@s.test --destination 1',
        '',
        'What it says',
        '  ✗ sts b.test, mx *.b.test: 10 well, 13 failed',
        '      12  certificate-expired  mx.b.test[192.0.2.1]',
        '       1  validation-failure                         handshake\\x1b[31m',
        '',
      ].join('\n'),
    );
  });
});

describe('alignRight', () => {
  it('fills up the columns that are named', () => {
    expect(
      alignRight(
        [
          ['a', '1'],
          ['bb', '100'],
        ],
        [1],
      ),
    ).toEqual([
      ['a', '  1'],
      ['bb', '100'],
    ]);
  });
});
