import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  createIntakeWorld,
  type IntakeWorld,
  type ReportWish,
} from '../../../../../../test/peers/intake-service.ts';
import { createPaint } from '../text/style.ts';
import { createMarks } from '../text/style.ts';
import { formatCount, formatShare } from './format-number.ts';
import { renderReports } from './render-reports.ts';
import { wrapText } from './wrap-text.ts';

const PATIENCE_MS = 60_000;
const DAY_MS = 86_400_000;
const FAILURE = {
  'result-type': 'certificate-expired',
  'receiving-mx-hostname': 'mx.example.com',
  'receiving-ip': '192.0.2.5',
  'failed-session-count': 3,
};

let world: IntakeWorld;

beforeEach(async () => {
  world = await createIntakeWorld();
});
afterEach(() => world.close());

async function receive(...wishes: readonly ReportWish[]): Promise<void> {
  const files = wishes.map((_, index) => join(world.directory, `${String(index)}.eml`));
  for (const [index, wish] of wishes.entries())
    writeFileSync(files[index] ?? '', await world.mail(wish));
  expect((await world.command('intake', 'import', ...files)).code).toBe(0);
}

const dayAgo = (days: number): string =>
  new Date(Date.parse(world.today) - days * DAY_MS).toISOString().slice(0, 10);

describe('sekisho reports', { timeout: PATIENCE_MS }, () => {
  it('sums up domains with their trend, explains failures, and shows where they were', async () => {
    await receive(
      { successful: 93, failures: [{ ...FAILURE, 'failed-session-count': 7 }] },
      { successful: 100, day: dayAgo(9) },
      { domain: 'example.org', successful: 1000 },
    );
    const { code, stdout } = await world.command('reports');
    expect(code).toBe(0);
    const lines = stdout.split('\n').map((line) => line.trim().replaceAll(/ +/gu, ' '));
    expect(lines[0]).toBe(`TLS reports about your domains, ${dayAgo(7)} to ${dayAgo(1)} (UTC)`);
    expect(lines).toEqual(
      expect.arrayContaining([
        'domain reports sessions failed share before',
        '✗ example.com 1 100 7 7.0 % 0 % ↗',
        '✓ example.org 1 1,000 0 0 % -',
        `example.net 2 1,100 7 0.6 % ${world.yesterday}`,
        'example.com certificate-expired sts testing 7',
        `mx.example.com 192.0.2.5 certificate-expired 7 ${world.yesterday} ${world.yesterday}`,
      ]),
    );
    expect(stdout).toContain('The certificate of MX mx.example.com at 192.0.2.5 has expired.');
    expect(stdout).toMatch(/→ Renew it/u);
  });

  it.each([
    ['reporter', /^Reporters\n +reporter +reports/mu],
    ['result', /^Failures by kind\n +domain +kind/mu],
    ['mx', /^Failures by MX host\n +mx +address/mu],
    ['day', /^Days\n +day +reports/mu],
  ])('shows one table whole with --by %s', async (by, heading) => {
    await receive({ failures: [FAILURE] });
    const { stdout } = await world.command('reports', '--by', by);
    expect(stdout).toMatch(heading);
    expect(stdout).not.toContain('What it means');
  });

  it('narrows to a domain and to days', async () => {
    await receive({ failures: [FAILURE] }, { domain: 'example.org', day: dayAgo(20) });
    expect((await world.command('reports', 'example.org')).code).toBe(1);
    const wide = await world.command('reports', 'EXAMPLE.org', '--days', '30');
    expect(wide).toMatchObject({ code: 0, stdout: expect.stringContaining('about example.org') });
    const past = await world.command('reports', '--until', dayAgo(15));
    expect(past.stdout).toContain('example.org');
    expect(past.stdout).not.toContain('example.com');
  });

  it.each([
    [['--days', '0'], '--days'],
    [['--days', '1e3'], '--days'],
    [['--until', '2026-02-30'], '--until'],
    [['--json', '--csv'], '--csv'],
    [['--by', 'moon'], '--by'],
    [['a..b'], 'a..b'],
  ])('refuses %j', async (argv, named) => {
    const { code, stderr } = await world.command('reports', ...argv);
    expect(code).toBe(64);
    expect(stderr).toContain(named);
  });

  it('prints JSON, and CSV that is no formula to a spreadsheet', async () => {
    await receive({ failures: [{ ...FAILURE, 'receiving-mx-hostname': '=cmd()' }] });
    const { stdout } = await world.command('reports', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      trust: 'verified',
      domains: [{ domain: 'example.com', failed: 3 }],
      findings: [{ code: 'certificate-expired' }],
      unverified: [],
    });
    const domains = await world.command('reports', '--csv');
    expect(domains.stdout.split('\r\n').slice(0, 2)).toEqual([
      'domain,reports,days,successful,failed,successfulBefore,failedBefore',
      'example.com,1,1,7,3,0,0',
    ]);
    const mx = await world.command('reports', '--csv', '--by', 'mx');
    expect(mx.stdout).toContain("\r\n'=cmd(),192.0.2.5,certificate-expired,3,");
  });

  it('explains in Japanese too', async () => {
    await receive({ failures: [FAILURE] });
    const { stdout } = await world.command('reports', '--lang', 'ja');
    expect(stdout).toContain('意味と対処');
    expect(stdout).toContain('の証明書は有効期限が切れています');
  });

  it('says so when there is nothing, and how to begin when there never was', async () => {
    const none = await world.command('reports');
    expect(none).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('begin with: sekisho intake serve'),
    });
  });
});

describe('renderReports', () => {
  const totals = { reports: 1, successful: 1, failed: 0, days: 1 };
  const domains = Array.from({ length: 30 }, (_, index) => ({
    ...totals,
    domain: `d${String(index)}\u001b[31m`,
    before: { reports: 0, successful: 0, failed: 0 },
  }));
  const summary = {
    firstDay: '2026-11-17',
    lastDay: '2026-11-23',
    trust: 'verified',
    domains,
    reporters: [],
    results: [],
    policies: [],
    mxHosts: [],
    days: [],
    findings: [],
  } as const;
  const paint = createPaint(false);
  const style = { nowMs: 0, paint, marks: createMarks(paint), language: 'en', width: 80 } as const;

  it('cuts long tables, says where all is, and lets nothing remote reach the terminal', () => {
    const text = renderReports({ summary, unverified: [] }, style);
    expect(text).toContain('and 20 more: --csv');
    expect(text).toContain('✓ All is well.');
    expect(text).not.toContain('\u001b');
  });
});

describe('wrapText', () => {
  it.each([
    ['', ['- ']],
    ['one two three', ['- one two', '  three']],
    ['averyverylongword x', ['- averyverylongword', '  x']],
  ])('%j', (text, lines) => expect(wrapText(text, 9, '- ', 2)).toEqual(lines));
});

describe('numbers', () => {
  it.each([
    [0, 0, '-'],
    [0, 5, '0 %'],
    [1, 9999, '<0.1 %'],
    [1, 3, '25.0 %'],
    [3, 0, '100.0 %'],
  ])('%d failed of %d more are %s', (failed, successful, text) =>
    expect(formatShare(failed, successful)).toBe(text),
  );
  it('have commas', () => expect(formatCount(1_234_567)).toBe('1,234,567'));
});
