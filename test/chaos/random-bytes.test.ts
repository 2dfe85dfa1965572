import { randomBytes, randomInt } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chooseCount } from '../scale.ts';
import { type ClosedWorld, createClosedWorld } from './closed-world.ts';
import { type DaemonProcess, startDaemonProcess } from './daemon-process.ts';
import { connectSocketmap } from './socketmap-client.ts';

const STREAMS = chooseCount({ soak: 50_000, test: 2000 });
const AT_ONCE = 32;

let world: ClosedWorld;
let daemon: DaemonProcess;
let directory = '';
beforeAll(async () => {
  world = await createClosedWorld();
  directory = mkdtempSync(join(tmpdir(), 'sekisho-bytes-'));
  world.publish(
    ['good.test'],
    '1',
    () => 'version: STSv1\nmode: enforce\nmx: mx.good.test\nmax_age: 86400\n',
  );
  daemon = await startDaemonProcess(directory, world.environment);
});
afterAll(async () => {
  await daemon.kill('SIGTERM');
  await world.close();
  rmSync(directory, { recursive: true });
});

const netstring = (payload: string | Buffer): Buffer =>
  Buffer.concat([Buffer.from(`${payload.length}:`), Buffer.from(payload), Buffer.from(',')]);

/** Streams that begin like socketmap and go wrong in every way, and plain noise. */
const KINDS: readonly (() => Buffer)[] = [
  () => randomBytes(randomInt(1, 2000)),
  () => netstring(randomBytes(randomInt(0, 300))),
  () => netstring(Buffer.concat([Buffer.from('sts '), randomBytes(randomInt(0, 300))])),
  () => Buffer.concat([netstring('sts good.test'), randomBytes(randomInt(1, 50))]),
  () => Buffer.from(`${randomInt(0, 2 ** 47)}:sts good.test,`),
  () => Buffer.from('13:sts good.test'.slice(0, randomInt(1, 16))),
  () => mutate(netstring('sts good.test')),
  () => Buffer.concat(Array.from({ length: randomInt(1, 200) }, () => netstring('sts .test'))),
  () => Buffer.from(`POST / HTTP/1.1\r\nHost: good.test\r\n\r\n`),
  () => netstring('a'.repeat(randomInt(9000, 12_000))),
];

function mutate(bytes: Buffer): Buffer {
  for (let count = randomInt(1, 4); count > 0; count -= 1)
    bytes[randomInt(bytes.length)] = randomInt(256);
  return bytes;
}

/** Sends a stream and ends it one way or another; resolves when the connection is gone. */
function inflict(bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(daemon.socketPath, () => {
      socket.write(bytes);
      if (randomInt(3) === 0) socket.destroy();
      else socket.end();
    });
    socket.resume();
    socket.on('error', () => socket.destroy());
    socket.on('close', () => resolve());
  });
}

const residentKib = (): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${daemon.pid}/status`, 'utf8'))?.[1]);

async function expectService(): Promise<void> {
  const client = await connectSocketmap(daemon.socketPath);
  expect(await client?.ask('good.test')).toBe(
    'OK secure match=mx.good.test servername=hostname protocols=!SSLv2:!SSLv3:!TLSv1:!TLSv1.1',
  );
  client?.close();
}

describe.skipIf(process.platform !== 'linux')('the socketmap under random bytes', () => {
  it(`${STREAMS} streams leave the daemon serving, and no larger`, async () => {
    await expectService();
    let left = STREAMS;
    const worker = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        await inflict((KINDS[left % KINDS.length] as () => Buffer)());
        if (left % 1000 === 0) await expectService();
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    await expectService();
    expect(daemon.isRunning).toBe(true);
    expect(residentKib()).toBeLessThan(200_000);
    expect(readdirSync(`/proc/${daemon.pid}/fd`).length).toBeLessThan(100);
  });
});
