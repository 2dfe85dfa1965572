import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  openUnixDatagramSender,
  type UnixDatagramSender,
} from '../../peers/unix-datagram-sender.ts';
import { chooseCount, leastSeen } from '../../scale.ts';
import { checkReportStore, type Collected, readCollected } from './collected.ts';
import { sessionDatagram } from './datagram.ts';
import { startService } from './service-process.ts';

const KILLS = chooseCount({ soak: 60, test: 5 });
/** Two seconds between writes, and what a busy machine adds. */
const KEPT_AFTER_MS = 4000;
const API_CLIENTS = 2;

let root = '';
let directory = '';
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'sekisho-collect-kills-'));
  directory = join(root, 'reporter');
});
afterAll(() => rmSync(root, { recursive: true }));

/** What the senders of one life of the service know. */
interface Sent {
  datagrams: number;
  /** Datagrams that had been sent for long when the service died. */
  old: number;
  posted: number;
  acknowledged: number;
}

/** What an observer saw in the store before the kill. */
interface Seen {
  datagram: number;
  api: number;
}

/** As fast as they are taken, until told to stop; what is refused for a full queue counts as not sent. */
async function rain(
  sender: UnixDatagramSender,
  domain: string,
  sent: Sent,
  signal: AbortSignal,
): Promise<void> {
  const kinds = [sessionDatagram(domain), sessionDatagram(domain, true)];
  const marks: { readonly atMs: number; readonly datagrams: number }[] = [];
  while (!signal.aborted) {
    for (let burst = 0; burst < 20; burst += 1) {
      const bytes = kinds[randomInt(10) === 0 ? 1 : 0] as Buffer;
      if (sender.send(bytes, { isWaiting: false }) === 0) sent.datagrams += 1;
    }
    const atMs = performance.now();
    marks.push({ atMs, datagrams: sent.datagrams });
    while ((marks[0]?.atMs ?? atMs) < atMs - KEPT_AFTER_MS)
      sent.old = marks.shift()?.datagrams ?? sent.old;
    await delay(1);
  }
}

/** Posts sessions one after the other; each answer says that they are kept. */
async function post(
  socketPath: string,
  domain: string,
  sent: Sent,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const count = randomInt(1, 50);
    const body = JSON.stringify({
      sessions: [
        {
          at: new Date().toISOString(),
          domain,
          policy: { 'policy-type': 'no-policy-found' },
          success: true,
          count,
        },
      ],
    });
    sent.posted += count;
    if ((await postOnce(socketPath, body)) === 202) sent.acknowledged += count;
    await turn();
  }
}

/** Undefined without an answer. */
function postOnce(socketPath: string, body: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    const headers = { 'Content-Type': 'application/json', 'Content-Length': body.length };
    const asking = request({ socketPath, path: '/v1/sessions', method: 'POST', headers });
    asking.on('response', (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    asking.on('error', () => resolve(undefined));
    asking.end(body);
  });
}

/** Looks into the store until told to stop. */
async function observe(domain: string, seen: Seen, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const found = await readCollected(directory, domain);
    seen.datagram = found.datagram ?? 0;
    seen.api = found.api ?? 0;
    await delay(50);
  }
}

/** One life of the service, to its violent end. */
async function live(kill: number, domain: string): Promise<{ sent: Sent; seen: Seen }> {
  const sent: Sent = { datagrams: 0, old: 0, posted: 0, acknowledged: 0 };
  const seen: Seen = { datagram: 0, api: 0 };
  const service = await startService('report', { directory });
  const sender = openUnixDatagramSender(join(directory, 'tlsrpt.sock'));
  const stop = new AbortController();
  const works = [
    rain(sender, domain, sent, stop.signal),
    observe(domain, seen, stop.signal),
    ...Array.from({ length: API_CLIENTS }, () =>
      post(join(directory, 'report.sock'), domain, sent, stop.signal),
    ),
  ];
  // Every fifth lives so long that most of what it collected must have been written.
  await delay(kill % 5 === 0 ? 1.5 * KEPT_AFTER_MS : randomInt(20, 2500));
  const isDead = service.kill('SIGKILL');
  stop.abort();
  await Promise.all([...works, isDead]);
  sender.close();
  expect(service.isRunning).toBe(false);
  return { sent, seen };
}

function judge(found: Collected, { sent, seen }: { sent: Sent; seen: Seen }): readonly string[] {
  const { datagram = 0, api = 0 } = found;
  const wrong: string[] = [];
  if (datagram < seen.datagram) wrong.push(`${seen.datagram} were written, ${datagram} are left`);
  if (datagram < sent.old) wrong.push(`${sent.old} came in time, ${datagram} are left`);
  if (datagram > sent.datagrams) wrong.push(`${sent.datagrams} were sent, ${datagram} are counted`);
  if (api < sent.acknowledged) wrong.push(`${sent.acknowledged} acknowledged, ${api} are left`);
  if (api < seen.api) wrong.push(`${seen.api} posted ones were written, ${api} are left`);
  if (api > sent.posted) wrong.push(`${sent.posted} were posted, ${api} are counted`);
  return wrong;
}

describe.skipIf(process.platform !== 'linux')('SIGKILL while sessions are collected', () => {
  it(`${KILLS} times: nothing that was acknowledged is lost, nothing is counted twice`, async () => {
    const ends = new Map<string, Collected>();
    const sums = { sent: 0, kept: 0, acknowledged: 0 };
    for (let kill = 1; kill <= KILLS; kill += 1) {
      const domain = `kill${kill}.test`;
      const life = await live(kill, domain);
      const found = await readCollected(directory, domain);
      ends.set(domain, found);
      expect(judge(found, life), `after kill ${kill}`).toEqual([]);
      expect(checkReportStore(directory), `after kill ${kill}`).toEqual(['ok']);
      sums.sent += life.sent.datagrams;
      sums.kept += found.datagram ?? 0;
      sums.acknowledged += life.sent.acknowledged;
    }
    // The lives since have not changed what an earlier one left.
    for (const [domain, found] of ends)
      expect(await readCollected(directory, domain)).toEqual(found);
    console.log(
      `${KILLS} kills: ${sums.kept} of ${sums.sent} datagrams kept, and all of ${sums.acknowledged} acknowledged sessions`,
    );
    expect(sums.acknowledged).toBeGreaterThan(KILLS);
    expect(sums.kept).toBeGreaterThan(leastSeen(KILLS));
    expect(sums.kept).toBeLessThan(sums.sent);
  });

  it('an orderly end loses nothing', async () => {
    const domain = 'orderly.test';
    const service = await startService('report', { directory });
    const sender = openUnixDatagramSender(join(directory, 'tlsrpt.sock'));
    for (let sent = 0; sent < 5000; sent += 1) sender.send(sessionDatagram(domain));
    sender.close();
    await service.kill('SIGTERM');
    expect(await readCollected(directory, domain)).toEqual({ datagram: 5000 });
  });
});
