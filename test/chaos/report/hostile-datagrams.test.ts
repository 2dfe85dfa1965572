import { randomBytes, randomInt } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSqliteReportStore } from '../../../packages/sekisho/src/report/store/index.ts';
import {
  openUnixDatagramSender,
  type UnixDatagramSender,
} from '../../peers/unix-datagram-sender.ts';
import { chooseCount } from '../../scale.ts';
import { readCollected } from './collected.ts';
import { sessionDatagram } from './datagram.ts';
import { eventually, readPeakMb, type ServiceProcess, startService } from './service-process.ts';

const RANDOM = chooseCount({ soak: 50_000, test: 2000 });
/** Of each source the store keeps no more. */
const MOST_SAMPLES = 200;
const LONGEST_SAMPLE = 4096;
const WRITTEN_MS = 20_000;

let root = '';
let directory = '';
let service: ServiceProcess;
let sender: UnixDatagramSender;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'sekisho-hostile-'));
  directory = join(root, 'reporter');
  service = await startService('report', { directory });
  sender = openUnixDatagramSender(join(directory, 'tlsrpt.sock'), { sendBufferBytes: 1_000_000 });
});
afterAll(async () => {
  sender.close();
  await service.kill('SIGTERM');
  rmSync(root, { recursive: true });
});

let good = 0;
/** One more session of a domain that nothing else here tells of arrives in the store. */
async function expectCollecting(domain = 'good.test'): Promise<void> {
  expect(sender.send(sessionDatagram(domain))).toBe(0);
  good += 1;
  const wanted = good;
  await eventually(
    async () => (await readCollected(directory, domain)).datagram === wanted,
    WRITTEN_MS,
    () => `the session ${wanted} of ${domain} was not counted: ${service.log}`,
  );
}

const withPart = (part: string): string =>
  `{"dpv":"1","d":"x.test","pr":"v=TLSRPTv1; rua=mailto:a@x.test","policies":[{"policy-type":9,"t":0,"f":0}],${part}}`;

/** Each ended, or might have ended, a collector written in another language. */
const HOSTILE: readonly (readonly [string, Buffer])[] = [
  ['what is no JSON', Buffer.from('{not json')],
  ['no UTF-8', Buffer.from([0xff, 0xfe])],
  ['a number', Buffer.from('5')],
  ['a domain that is a number', Buffer.from(withPart('"d":5'))],
  ['policies that are numbers', Buffer.from(withPart('"policies":[5]'))],
  ['a record that is a list', Buffer.from(withPart('"pr":["v"]'))],
  ['a list', Buffer.from('[]')],
  ['no outcome', Buffer.from(withPart('"policies":[{"policy-type":9,"t":0}]'))],
];

const REAL = sessionDatagram('mutated.example', true);

function mutate(bytes: Buffer): Buffer {
  const mutated = Buffer.from(bytes);
  for (let count = randomInt(1, 6); count > 0; count -= 1)
    mutated[randomInt(mutated.length)] = randomInt(256);
  return mutated;
}

const name = (): string => randomBytes(randomInt(1, 20)).toString('hex');

const KINDS: readonly (() => Buffer)[] = [
  () => randomBytes(randomInt(0, 2000)),
  () => mutate(REAL),
  () => REAL.subarray(0, randomInt(REAL.length)),
  () => Buffer.concat([REAL, REAL.subarray(randomInt(REAL.length))]),
  () => Buffer.from('['.repeat(randomInt(1, 100_000))),
  () => Buffer.from(`{"d":"x.test","policies":${'[{"policies":'.repeat(randomInt(1, 5000))}`),
  () => sessionDatagram(`${name()}.${'a'.repeat(randomInt(1, 300))}.example`),
  () => Buffer.from(withPart(`"${name()}":"${'\\u0000'.repeat(randomInt(0, 1000))}"`)),
  () => Buffer.from(withPart(`"__proto__":{"d":"evil.example"},"constructor":${randomInt(9)}`)),
  () => Buffer.from(withPart(`"policies":[${'{"policy-type":2},'.repeat(randomInt(900))}{}]`)),
  () => Buffer.alloc(randomInt(1, 200_000), '"'),
];

describe.skipIf(process.platform !== 'linux')('collecting among hostile datagrams', () => {
  it.each(HOSTILE)('goes on after %s', async (_, bytes) => {
    expect(sender.send(bytes)).toBe(0);
    await expectCollecting();
    expect(service.isRunning).toBe(true);
  });

  it(`goes on after ${RANDOM} random ones, in bounded memory and with bounded samples`, async () => {
    await expectCollecting();
    const before = readPeakMb(service.pid);
    for (let sent = 0; sent < RANDOM; sent += 1) {
      const bytes = (KINDS[sent % KINDS.length] as () => Buffer)();
      expect(sender.send(bytes), `${bytes.length} bytes`).toBe(0);
      // Lets this process breathe: sending waits without the event loop.
      if (sent % 1000 === 0) await expectCollecting();
    }
    await expectCollecting();
    expect(service.isRunning).toBe(true);
    const grownMb = readPeakMb(service.pid) - before;
    console.log(`${RANDOM} random datagrams: peak memory grew by ${grownMb.toFixed(0)} MB`);
    expect(grownMb).toBeLessThan(150);
    expect(readdirSync(`/proc/${service.pid}/fd`).length).toBeLessThan(100);
    const store = await openSqliteReportStore({ directory, readOnly: true });
    const samples = await store.listSamples();
    await store.close();
    expect(samples.length).toBeGreaterThan(0);
    expect(samples.length).toBeLessThanOrEqual(MOST_SAMPLES);
    for (const { bytes } of samples) expect(bytes.length).toBeLessThanOrEqual(LONGEST_SAMPLE);
  });
});
