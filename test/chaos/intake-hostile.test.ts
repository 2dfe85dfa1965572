import { randomInt } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createGzip, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildReportMail, REPORT, reportPart } from '../fixtures/tls-reports/report-mail.ts';
import { type DnsServer, startDnsServer } from '../peers/dns-server.ts';
import { chooseCount } from '../scale.ts';
import { type IntakeProcess, startIntake } from './report/intake-process.ts';
import { connectLmtp } from './report/lmtp-client.ts';
import { mailWith, numberedReport } from './report/numbered-report.ts';
import { createPostClient, type PostClient } from './report/post-client.ts';
import { readPeakMb } from './report/service-process.ts';

const BOMB_MB = 300;
const BOMBS = 4;
/** What the service may grow by while bombs arrive: the limit of decompressed bytes, as text and parsed, and garbage. */
const MOST_GROWTH_MB = 150;
const LONGEST_ANSWER_MS = 10_000;
const MUTATED = chooseCount({ soak: 20_000, test: 2000 });
const AT_ONCE = 8;
/** Reports of others are not ours to publish: they may lie beside the project. */
const SAMPLES = fileURLToPath(new URL('../../../shared/tlsrpt-samples/', import.meta.url));

let root = '';
let dns: DnsServer;
let intake: IntakeProcess;
let posting: PostClient;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'sekisho-intake-hostile-'));
  // It knows no key: a signature that spoiling left whole fails for good, and is not asked for again.
  dns = await startDnsServer();
  intake = await startIntake(join(root, 'state'), { SEKISHO_DNS_SERVERS: dns.address });
  posting = createPostClient(intake.postPath, AT_ONCE);
});
afterAll(async () => {
  posting.close();
  await intake.kill('SIGTERM');
  await dns.close();
  rmSync(root, { recursive: true });
});

let good = 0;
/** One more report is kept by each door; how long the slower one took. */
async function expectService(): Promise<number> {
  const sinceMs = performance.now();
  good += 1;
  expect(await posting.post(numberedReport(good, 'good.test'))).toMatchObject({
    status: 200,
    body: expect.stringContaining('stored'),
  });
  good += 1;
  expect(await deliver(mailWith(numberedReport(good, 'good.test')))).toBe(
    '250 2.6.0 report stored',
  );
  return performance.now() - sinceMs;
}

async function deliver(message: Buffer): Promise<string | undefined> {
  const client = await connectLmtp(intake.lmtpPath);
  const reply = await client?.deliver(message);
  client?.close();
  return reply;
}

/** A report whose one text is so long; some hundred kilobytes when compressed. */
async function makeBomb(megabytes: number): Promise<Buffer> {
  const [before = '', after = ''] = REPORT.split('Example Net');
  const gzip = createGzip({ level: 9 });
  const chunks: Buffer[] = [];
  gzip.on('data', (chunk: Buffer) => chunks.push(chunk));
  const ended = new Promise((resolve) => gzip.on('end', resolve));
  gzip.write(before);
  const megabyte = Buffer.alloc(1e6, 'a');
  for (let count = 0; count < megabytes; count += 1)
    if (!gzip.write(megabyte)) await new Promise((resolve) => gzip.once('drain', resolve));
  gzip.end(after);
  await ended;
  return Buffer.concat(chunks);
}

describe('bombs: 300 MB that arrive as some hundred kilobytes, and very many values', () => {
  let bomb: Buffer;
  beforeAll(async () => {
    bomb = await makeBomb(BOMB_MB);
    if (bomb.length > 1e6) throw new Error(`the bomb has ${bomb.length} bytes`);
  });

  const bombed = (...bombs: readonly Buffer[]): Buffer =>
    buildReportMail({
      parts: bombs.map((each) => reportPart('application/tlsrpt+gzip', each, 'r.json.gz')),
    });
  const ways: readonly (readonly [string, () => Promise<unknown>, unknown])[] = [
    [
      'by POST',
      () => posting.post(bomb, 'application/tlsrpt+gzip'),
      expect.objectContaining({ status: 400 }),
    ],
    ['by LMTP', () => deliver(bombed(bomb)), expect.stringMatching(/^250 .*cannot be used/)],
    [
      'by LMTP, ten in a message',
      () => deliver(bombed(...Array.from({ length: 10 }, () => bomb))),
      expect.stringMatching(/^250 .*cannot be used/),
    ],
    [
      'as ten megabytes of empty objects by POST',
      () =>
        posting.post(
          Buffer.from(REPORT.replace('"policies":[', `"policies":[${'{},'.repeat(3e6)}`)),
        ),
      expect.objectContaining({ status: 400 }),
    ],
  ];

  it.each(ways)(
    '%s, four at once: memory stays bounded, others are served',
    async (way, send, end) => {
      for (let warm = 0; warm < 5; warm += 1) await expectService();
      const before = readPeakMb(intake.pid);
      const bombs = Promise.all(Array.from({ length: BOMBS }, send));
      let isOver = false;
      const over = bombs.finally(() => {
        isOver = true;
      });
      let longestMs = 0;
      while (!isOver) longestMs = Math.max(longestMs, await expectService());
      expect(await over).toEqual(Array.from({ length: BOMBS }, () => end));
      const grownMb = readPeakMb(intake.pid) - before;
      console.log(
        `${way}: peak memory ${before.toFixed(0)} MB and ${grownMb.toFixed(0)} more, ` +
          `others waited ${longestMs.toFixed(0)} ms at most`,
      );
      expect(grownMb).toBeLessThan(MOST_GROWTH_MB);
      expect(longestMs).toBeLessThan(LONGEST_ANSWER_MS);
      await expectService();
    },
  );
});

function readSamples(extension: string): readonly Buffer[] {
  const names = existsSync(SAMPLES) ? readdirSync(SAMPLES) : [];
  return names
    .filter((name) => name.endsWith(extension))
    .map((name) => readFileSync(`${SAMPLES}${name}`));
}

const pick = <Item>(items: readonly Item[]): Item => items[randomInt(items.length)] as Item;

const ODD: readonly unknown[] = [
  null,
  true,
  -1,
  1e308,
  2 ** 60,
  '',
  '\u0000\ud800',
  'x'.repeat(100_000),
  '9999-99-99T99:99:99Z',
  [],
  {},
  [[[[[[]]]]]],
  ['x'],
  { __proto__: null, constructor: { prototype: 1 } },
];

/** Exchanges a value somewhere inside, or takes a member away. */
function twist(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || randomInt(5) === 0) return pick(ODD);
  const keys = Object.keys(value);
  if (keys.length === 0) return pick(ODD);
  const copy = structuredClone(value) as Record<string, unknown>;
  const key = pick(keys);
  if (randomInt(8) === 0) delete copy[key];
  else copy[key] = twist(copy[key]);
  return copy;
}

function damage(bytes: Buffer): Buffer {
  const damaged = Buffer.from(bytes);
  for (let count = randomInt(1, 8); count > 0; count -= 1)
    damaged[randomInt(damaged.length)] = randomInt(256);
  return damaged;
}

/** Ways to spoil a report, given as JSON. */
const SPOIL: readonly ((report: Buffer) => Buffer)[] = [
  (report) => Buffer.from(JSON.stringify(twist(JSON.parse(report.toString())))),
  (report) => Buffer.from(JSON.stringify(twist(twist(JSON.parse(report.toString()))))),
  damage,
  (report) => damage(gzipSync(report)),
  (report) => gzipSync(damage(report)),
  (report) => report.subarray(0, randomInt(report.length)),
  (report) => Buffer.concat([report, report]),
  (report) => {
    const from = randomInt(report.length);
    const to = randomInt(from, report.length);
    return Buffer.concat([report.subarray(0, to), report.subarray(from)]);
  },
];

describe(`${MUTATED} reports that were spoilt`, () => {
  it('crash nothing, and none meets a defect of ours', async () => {
    await expectService();
    const before = readPeakMb(intake.pid);
    const reports = [Buffer.from(REPORT), ...readSamples('.json')].map((bytes) =>
      Buffer.from(JSON.stringify(JSON.parse(bytes.toString('utf8').replace(/^\ufeff/, '')))),
    );
    const mails = [mailWith(Buffer.from(REPORT)), ...readSamples('.eml')];
    const ends = new Map<string, number>();
    let left = MUTATED;
    const sendOne = async (number: number): Promise<string> => {
      if (number % 10 === 0) return `LMTP ${(await deliver(damage(pick(mails))))?.slice(0, 3)}`;
      const body = (SPOIL[number % SPOIL.length] as (report: Buffer) => Buffer)(pick(reports));
      const type = body[0] === 0x1f ? 'application/tlsrpt+gzip' : 'application/tlsrpt+json';
      return `POST ${(await posting.post(body, type))?.status}`;
    };
    const work = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        const end = await sendOne(left);
        ends.set(end, (ends.get(end) ?? 0) + 1);
        if (left % 100 === 0) expect(intake.log).not.toContain('report not understood');
        if (left % 1000 === 0) await expectService();
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    await expectService();
    const grownMb = readPeakMb(intake.pid) - before;
    const counts = Object.fromEntries(ends);
    console.log(`${JSON.stringify(counts)}; peak memory grew by ${grownMb.toFixed(0)} MB`);
    const usual = ['LMTP 250', 'POST 200', 'POST 400', 'POST 415'];
    expect(Object.keys(counts).filter((end) => !usual.includes(end))).toEqual([]);
    expect(counts['POST 200']).toBeGreaterThan(0);
    expect(counts['POST 400']).toBeGreaterThan(0);
    expect(intake.isRunning).toBe(true);
    expect(grownMb).toBeLessThan(MOST_GROWTH_MB);
    expect(readdirSync(`/proc/${intake.pid}/fd`).length).toBeLessThan(100);
  });
});
