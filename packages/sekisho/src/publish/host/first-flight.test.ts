import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { CLOSE_NOTIFY } from '../../../../../test/fixtures/failed-handshakes.ts';
import {
  answerTo,
  ask,
  authority,
  createTestHost,
  openReshaped,
  openTcp,
  openTls,
  receive,
  recordClientHello,
  requestFor,
  statusOf,
  until,
} from '../../../../../test/peers/served-policy-host.ts';
import { createCertificateBook } from './index.ts';

const HOST = 'mta-sts.a.test';
const X25519MLKEM768 = 0x11ec;

/** The same message in records of so many bytes. */
function inRecords(record: Buffer, size: number): Buffer {
  const message = record.subarray(5);
  const records: Buffer[] = [];
  for (let at = 0; at < message.length; at += size) {
    const part = message.subarray(at, at + size);
    records.push(Buffer.from([22, 3, 1, part.length >> 8, part.length & 255]), part);
  }
  return Buffer.concat(records);
}

const byteByByte = (bytes: Buffer): Buffer[] =>
  Array.from(bytes, (_, at) => bytes.subarray(at, at + 1));

describe('a ClientHello that arrives', () => {
  it('with a post-quantum key share is taken, and the share too', async () => {
    const { listen } = createTestHost();
    const options = { ecdhCurve: 'X25519MLKEM768' };
    const hello = await recordClientHello(HOST, options);
    expect(hello.length).toBeGreaterThan(1400);
    const port = await listen('https');
    const socket = openTls(port, HOST, options);
    socket.write(requestFor(HOST));
    expect(statusOf(await receive(socket))).toBe('200');
    const serverHello = await answerTo(port, hello);
    expect(serverHello.indexOf(Buffer.from([X25519MLKEM768 >> 8, X25519MLKEM768 & 255]))).not.toBe(
      -1,
    );
  });

  it('whose key share does not suit is asked for again', async () => {
    const { listen } = createTestHost();
    const socket = openTls(await listen('https'), HOST, { ecdhCurve: 'ffdhe8192:X25519' });
    socket.write(requestFor(HOST));
    expect(statusOf(await receive(socket))).toBe('200');
  });

  it.each<[string, (hello: Buffer) => readonly Buffer[]]>([
    ['byte by byte', byteByByte],
    ['in many records', (hello) => [inRecords(hello, 40)]],
    ['in many records, each in segments of its own', (hello) => byteByByte(inRecords(hello, 40))],
  ])('%s is whole in the end', async (_, reshape) => {
    const { listen } = createTestHost();
    const port = await listen('https');
    const socket = openTls(port, HOST, {
      socket: openReshaped(port, (bytes, count) => (count === 0 ? reshape(bytes) : [bytes])),
    });
    socket.write(requestFor(HOST));
    expect(statusOf(await receive(socket))).toBe('200');
  });

  it('in more records than any client sends is refused', async () => {
    const { listen, dropped } = createTestHost();
    const hello = inRecords(await recordClientHello(HOST), 2);
    expect(await answerTo(await listen('https'), hello)).toEqual(
      Buffer.from([21, 3, 3, 0, 2, 2, 50]),
    );
    expect(dropped).toEqual(['decode-error']);
  });

  it.each([
    ['a policy host', ['http/1.1']],
    ['a challenge', ['acme-tls/1']],
  ])('that comes with close_notify ends the connection of %s at once', async (_, protocols) => {
    const { host, listen, challenges, dropped } = createTestHost();
    challenges.addAlpn(HOST, authority.issue({ dnsNames: [HOST] }));
    const port = await listen('https');
    const hello = await recordClientHello(HOST, { ALPNProtocols: protocols });
    for (const bytes of [
      [hello, CLOSE_NOTIFY],
      [hello, CLOSE_NOTIFY, CLOSE_NOTIFY],
    ]) {
      const socket = openTcp(port);
      socket.write(Buffer.concat(bytes));
      await receive(socket);
    }
    await until(() => host.connections === 0);
    expect(dropped).toEqual([]);
    expect(statusOf(await ask(port, HOST))).toBe('200');
  });

  it.each([
    ['whose certificate is ready', true],
    ['whose certificate is still being read', false],
  ])('that ends the connection ends it at once for a host %s', async (_, isReady) => {
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    const pair = authority.issue({ dnsNames: [HOST] });
    const { clock, log } = createTestHost();
    const load = async () => {
      if (!isReady) await gate;
      return pair;
    };
    const certificates = createCertificateBook({ load, clock, log });
    const { host, listen, dropped } = createTestHost({ certificates });
    const socket = openTcp(await listen('https'));
    socket.end(await recordClientHello(HOST));
    await delay(20);
    release();
    await receive(socket);
    await until(() => host.connections === 0);
    expect(dropped).toEqual([]);
  });
});
