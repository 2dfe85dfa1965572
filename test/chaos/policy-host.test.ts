import { randomBytes, randomInt } from 'node:crypto';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { recordClientHello } from '../peers/served-policy-host.ts';
import { attackHandshakes } from './handshake-attack.ts';
import {
  GOOD_REQUEST,
  HOST_NAME,
  POLICY_BODY,
  type PolicyHostProcess,
  startPolicyHostProcess,
} from './policy-host-process.ts';

const IDLE = 10_000;
const HALF_OPEN = 1000;
const SLOW = 300;
const STREAMS = 10_000;
const AT_ONCE = 32;
/** What the host allows altogether and from one address, by default. */
const MOST_CONNECTIONS = 4096;
const MOST_FROM_ONE = 256;
/**
 * Shorter than the host waits for anybody, so that nobody was served only after bad clients were gone. The client shares
 * this process with the attackers, and waits for them too.
 */
const LONGEST_SERVICE_MS = 4000;
const MOST_RESIDENT_KIB = 390_000;
/** What the collector has not looked at yet. */
const MOST_LEFT_KIB = 30_000;
const GOOD_ADDRESS = '127.200.0.1';

let host: PolicyHostProcess;
let hello: Buffer;
beforeAll(async () => {
  host = await startPolicyHostProcess();
  hello = await recordClientHello(HOST_NAME);
});
afterAll(() => host.stop());

const closed = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    if (socket.destroyed) resolve();
    socket.once('close', () => resolve());
    socket.resume();
  });

/** Fetches the policy as a sender does, from an address of its own, and returns how long it took. */
async function fetchPolicy(): Promise<number> {
  const sinceMs = performance.now();
  const socket = host.openTls(GOOD_ADDRESS);
  let text = '';
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  socket.write(GOOD_REQUEST.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'));
  await closed(socket);
  expect(text).toMatch(/^HTTP\/1\.1 200 /);
  expect(text.slice(text.indexOf('\r\n\r\n') + 4)).toBe(POLICY_BODY);
  return performance.now() - sinceMs;
}

/** The attack, and a good client that is served from its beginning to its end. */
async function during(attack: () => Promise<unknown>): Promise<void> {
  let isOver = false;
  let longestMs = 0;
  let services = 0;
  const serve = async (): Promise<void> => {
    while (!isOver) {
      longestMs = Math.max(longestMs, await fetchPolicy());
      services += 1;
      await delay(20);
    }
  };
  const serving = serve();
  await attack();
  isOver = true;
  await serving;
  await fetchPolicy();
  console.log(
    `good client: ${services} times, longest ${longestMs.toFixed(0)} ms; host ${host.residentKib} KiB`,
  );
  expect(services).toBeGreaterThan(0);
  expect(longestMs).toBeLessThan(LONGEST_SERVICE_MS);
  expect(host.residentKib).toBeLessThan(MOST_RESIDENT_KIB);
  expect(host.isRunning).toBe(true);
}

async function inParallel(count: number, one: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) await one(next++);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

const addressOf = (index: number): string => `127.1.${index >> 8}.${index & 255}`;

async function untilQuiet(): Promise<void> {
  await expect.poll(() => host.openFiles, { timeout: 15_000, interval: 100 }).toBeLessThan(60);
}

describe.skipIf(process.platform !== 'linux')('the policy host among hostile clients', () => {
  beforeEach(untilQuiet);

  it.each([
    ['ten thousand addresses', addressOf, MOST_CONNECTIONS],
    ['one address', () => '127.0.0.1', MOST_FROM_ONE],
  ])('ten thousand idle connections from %s', async (_, from, most) => {
    const sockets: Socket[] = [];
    let largest = 0;
    await during(async () => {
      await inParallel(IDLE, async (index) => {
        const socket = host.openTcp('https', from(index));
        sockets.push(socket);
        await new Promise((resolve) => socket.once('connect', resolve).once('close', resolve));
        if (index % 500 === 0) largest = Math.max(largest, host.openFiles);
      });
      largest = Math.max(largest, host.openFiles);
      await delay(1000);
    });
    for (const socket of sockets) socket.destroy();
    // Besides the connections: listeners, the good client's, and those that were dropped just now.
    expect(largest).toBeLessThan(most + 300);
  });

  it('handshakes that stop after the first flight, or within it', async () => {
    const sockets: Socket[] = [];
    await during(async () => {
      await inParallel(HALF_OPEN, async (index) => {
        const socket = host.openTcp('https', addressOf(index));
        sockets.push(socket);
        socket.write(index % 3 === 0 ? hello.subarray(0, randomInt(1, hello.length)) : hello);
        await new Promise((resolve) => socket.once('connect', resolve).once('close', resolve));
      });
      // Nobody says more, so the host ends them all.
      await Promise.all(sockets.map(closed));
    });
  });

  it('requests that come byte by byte', async () => {
    await during(() =>
      Promise.all(
        Array.from({ length: SLOW }, async (_, index) => {
          const socket = host.openTls(addressOf(index));
          let at = 0;
          const timer = setInterval(() => {
            if (!socket.destroyed) socket.write(GOOD_REQUEST.charAt(at++ % 50));
          }, 200);
          await closed(socket);
          clearInterval(timer);
        }),
      ),
    );
  });

  it('ten thousand streams of garbage', async () => {
    const kinds: readonly (() => Buffer)[] = [
      () => randomBytes(randomInt(1, 3000)),
      () => mutate(Buffer.from(hello)),
      () => mutate(Buffer.from(hello.subarray(0, randomInt(1, hello.length)))),
      () => Buffer.concat([hello, randomBytes(randomInt(1, 3000))]),
      () => Buffer.concat([Buffer.from([22, 3, 1]), randomBytes(randomInt(2, 600))]),
      () => Buffer.from(GOOD_REQUEST),
      () => mutate(Buffer.from(GOOD_REQUEST)),
      () => Buffer.from(GOOD_REQUEST.repeat(50)),
    ];
    const listeners = ['https', 'plain', 'http'] as const;
    await during(() =>
      inParallel(STREAMS, async (index) => {
        const kind = kinds[index % kinds.length] ?? (() => hello);
        const socket = host.openTcp(listeners[randomInt(3)] ?? 'https', addressOf(index));
        socket.write(kind());
        if (randomInt(3) === 0) socket.destroy();
        else socket.end();
        await closed(socket);
      }),
    );
  });

  it('three thousand failed handshakes, which leave the memory as it was', async () => {
    const beforeKib = await attackHandshakes(host, 1500);
    let afterKib = 0;
    await during(async () => {
      afterKib = await attackHandshakes(host, 3000);
    });
    expect(afterKib - beforeKib).toBeLessThan(MOST_LEFT_KIB);
  });

  it('garbage within TLS', async () => {
    await during(() =>
      inParallel(500, async (index) => {
        const socket = host.openTls(addressOf(index));
        socket.end(
          index % 2 === 0 ? randomBytes(randomInt(1, 20_000)) : mutate(Buffer.from(GOOD_REQUEST)),
        );
        await closed(socket);
      }),
    );
  });

  it('giant headers, endless headers, and ten thousand requests in one breath', async () => {
    const header = Buffer.alloc(64_000, 'x');
    await during(() =>
      inParallel(96, async (index) => {
        const socket = index % 2 === 0 ? host.openTls(addressOf(index)) : host.openTcp('plain');
        if (index % 3 === 0) socket.write(GOOD_REQUEST.repeat(10_000));
        else if (index % 3 === 1) socket.write(`GET /${'x'.repeat(1_000_000)}`);
        else {
          socket.write('GET / HTTP/1.1\r\n');
          for (let count = 0; count < 20; count += 1)
            socket.write(`X${count}: ${header.toString()}\r\n`);
        }
        await closed(socket);
      }),
    );
  });

  it('renegotiation without end, and versions of old', async () => {
    const old = Buffer.from(hello);
    old.writeUInt16BE(0x0302, 9);
    await during(() =>
      inParallel(200, async (index) => {
        if (index % 2 === 0) {
          const socket = host.openTcp('https', addressOf(index));
          socket.end(old);
          return closed(socket);
        }
        const socket = host.openTls(addressOf(index), { maxVersion: 'TLSv1.2' });
        await new Promise((resolve) =>
          socket.once('secureConnect', resolve).once('close', resolve),
        );
        for (let count = 0; count < 20 && !socket.destroyed; count += 1)
          socket.renegotiate({}, () => undefined);
        return closed(socket);
      }),
    );
  });

  it('after all of it, nothing is left open', async () => {
    await untilQuiet();
    expect(await fetchPolicy()).toBeLessThan(LONGEST_SERVICE_MS);
  });
});

function mutate(bytes: Buffer): Buffer {
  for (let count = randomInt(1, 4); count > 0; count -= 1)
    bytes[randomInt(bytes.length)] = randomInt(256);
  return bytes;
}
