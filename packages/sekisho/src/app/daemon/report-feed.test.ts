import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Domain } from '@sekisho/spec';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MissedPolicy } from '../../discover/index.ts';
import { createFakeClock } from '../../io/clock/index.ts';
import { loadSettings } from '../config/index.ts';
import type { DiscoveryRequest } from '../control/report.ts';
import { type HttpListener, type Route, startHttpListener } from '../service/http-listener.ts';
import { json } from '../service/http-listener.ts';
import { createReportFeed } from './report-feed.ts';

let directory = '';
let service: HttpListener | undefined;
let taken: DiscoveryRequest['failures'][number][] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sekisho-feed-'));
  taken = [];
});
afterEach(async () => {
  await stop();
  rmSync(directory, { recursive: true });
});

async function serve(status = 200): Promise<void> {
  const route: Route = (_method, path, { readBody }) =>
    readBody().then((body = '{}') => {
      expect(path).toEqual(['v1', 'discovery']);
      if (status === 200) taken.push(...(JSON.parse(body) as DiscoveryRequest).failures);
      return json({}, status);
    });
  mkdirSync(join(directory, 'reporter'), { recursive: true });
  const where = { kind: 'unix', path: join(directory, 'reporter', 'report.sock') } as const;
  service = await startHttpListener([route], where, 0o600);
}

async function stop(): Promise<void> {
  await service?.close();
  service = undefined;
}

function createFeed(more: Record<string, string> = {}) {
  const environment = { SEKISHO_STATE_DIRECTORY: directory, ...more };
  const clock = createFakeClock();
  const { settings } = loadSettings({ environment });
  return { feed: createReportFeed(settings, clock), clock };
}

const missed = (more: Partial<MissedPolicy> = {}): MissedPolicy => ({
  kind: 'policy-missed',
  policyDomain: 'example.com' as Domain,
  atMs: 5,
  resultType: 'sts-policy-fetch-error',
  code: 'http-status',
  ...more,
});

describe('createReportFeed', () => {
  it('tells together what was missed within a few seconds', async () => {
    await serve();
    const { feed, clock } = createFeed();
    feed.tell(missed());
    feed.tell(missed({ body: 'version: STSv1' }));
    feed.tell(missed({ body: 'x'.repeat(5000) }));
    expect(taken).toEqual([]);
    await clock.advance(5000);
    await feed.close();
    const plain = { domain: 'example.com', atMs: 5, resultType: 'sts-policy-fetch-error' };
    expect(taken).toEqual([
      { ...plain, code: 'http-status' },
      { ...plain, code: 'http-status', body: 'version: STSv1' },
      { ...plain, code: 'http-status' },
    ]);
    expect(feed.untold).toBe(0);
  });

  it('splits what does not fit into one request', async () => {
    await serve();
    const { feed } = createFeed();
    // Six characters each in JSON.
    for (let index = 0; index < 8; index += 1) feed.tell(missed({ body: '\u0001'.repeat(4096) }));
    await feed.close();
    expect([taken.length, feed.untold]).toEqual([8, 0]);
  });

  it('counts and drops at once where there never was a service', async () => {
    const { feed } = createFeed();
    feed.tell(missed());
    await feed.close();
    expect(feed.untold).toBe(1);
  });

  it('keeps a bounded number for a service that was there, the latest of them', async () => {
    await serve();
    const { feed } = createFeed();
    feed.tell(missed());
    await feed.close();
    await stop();
    for (let atMs = 0; atMs < 5000; atMs += 1) feed.tell(missed({ atMs }));
    await feed.close();
    await serve();
    await feed.close();
    expect(taken.length + feed.untold).toBe(5001);
    expect(taken.length).toBeGreaterThan(1000);
    expect(taken.at(-1)?.atMs).toBe(4999);
  });

  it('does not repeat what is refused', async () => {
    await serve(400);
    const { feed } = createFeed();
    feed.tell(missed());
    await feed.close();
    await feed.close();
    expect(feed.untold).toBe(1);
  });

  it('says nothing where report.discovery is off', async () => {
    await serve();
    const { feed } = createFeed({ SEKISHO_REPORT_DISCOVERY: 'false' });
    feed.tell(missed());
    await feed.close();
    expect([taken, feed.untold]).toEqual([[], 0]);
  });
});
