import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { openUnixDatagramSender } from '../../../../../test/peers/unix-datagram-sender.ts';
import type { IoError } from '../error.ts';
import type { DatagramBatch } from './datagram-source.ts';
import { loadLibc } from './libc.ts';
import { openUnixDatagrams, type UnixDatagramOptions } from './open-unix-datagrams.ts';

const cleaning: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleaning.splice(0).reverse()) await clean();
});

function temporaryPath(name = 'tlsrpt.sock'): string {
  const folder = mkdtempSync(join(tmpdir(), 'datagrams-'));
  cleaning.push(() => rmSync(folder, { recursive: true }));
  return join(folder, name);
}

type Where = { path: string; mode?: number; group?: number } | { fd: number };
type Rest = Partial<
  Pick<UnixDatagramOptions, 'mostDatagramBytes' | 'mostBytesInFlight' | 'clockOffsetMs'>
>;

async function receive(where: Where, rest: Rest & { readonly onBatch?: () => void } = {}) {
  const texts: string[] = [];
  const times: number[] = [];
  const losses = { lost: 0, tooLong: 0 };
  const deaths: IoError[] = [];
  let wake = (): void => undefined;
  const onBatch = ({ count, bytes, ends, atMs, lost, tooLong }: DatagramBatch): void => {
    for (let index = 0; index < count; index += 1) {
      texts.push(bytes.toString('utf8', ends[index - 1] ?? 0, ends[index]));
      times.push(atMs[index] ?? 0);
    }
    losses.lost += lost;
    losses.tooLong += tooLong;
    wake();
    rest.onBatch?.();
  };
  const onDeath = (error: IoError): void => {
    deaths.push(error);
    wake();
  };
  const source = await openUnixDatagrams({ ...where, ...rest, onBatch, onDeath });
  cleaning.push(() => source.close());
  const until = async (isReached: () => boolean): Promise<void> => {
    while (!isReached()) await new Promise<void>((done) => (wake = done));
  };
  return { source, texts, times, losses, deaths, until };
}

function sender(path: string, options?: { sendBufferBytes: number }) {
  const opened = openUnixDatagramSender(path, options);
  cleaning.push(() => opened.close());
  return { send: (text: string) => opened.send(Buffer.from(text)) };
}

describe.skipIf(process.platform !== 'linux')('openUnixDatagrams', () => {
  it('receives each datagram whole, in order, with the time of its arrival', async () => {
    const path = temporaryPath();
    const startMs = Date.now();
    const { texts, times, until } = await receive({ path });
    const { send } = sender(path);
    const sent = Array.from({ length: 2_000 }, (_, index) => `${index} ${'x'.repeat(index)}`);
    for (const text of sent) expect(send(text)).toBe(0);
    await until(() => texts.length === sent.length);
    expect(texts).toEqual(sent);
    expect(times.every((atMs) => atMs >= startMs && atMs <= Date.now())).toBe(true);
  });

  it('hands over on close what has arrived, and removes its file', async () => {
    const path = temporaryPath();
    const { source, texts } = await receive({ path });
    const { send } = sender(path);
    send('last');
    expect(await source.close()).toEqual({ lost: 0, tooLong: 0 });
    expect(texts).toEqual(['last']);
    expect(existsSync(path)).toBe(false);
  });

  it('receives empty and very long ones, and leaves out one that is too long', async () => {
    const path = temporaryPath();
    const { texts, losses, until } = await receive({ path }, { mostDatagramBytes: 100_000 });
    const { send } = sender(path, { sendBufferBytes: 1_000_000 });
    for (const length of [0, 100_000, 100_001, 3]) expect(send('y'.repeat(length))).toBe(0);
    await until(() => texts.length === 3);
    expect(texts.map(({ length }) => length)).toEqual([0, 100_000, 3]);
    expect(losses).toEqual({ lost: 0, tooLong: 1 });
  });

  it('leaves out and counts, rather than grow, while its owner lags', async () => {
    const path = temporaryPath();
    const { source, texts } = await receive({ path }, { mostBytesInFlight: 2_000_000 });
    const { send } = sender(path);
    // Nothing is taken meanwhile, since this loop does not end its turn: the thread must go on by itself.
    for (let index = 0; index < 100; index += 1) expect(send('z'.repeat(100_000))).toBe(0);
    const { lost } = await source.close();
    expect(lost).toBeGreaterThan(0);
    expect(lost + texts.length).toBe(100);
  });

  it('adds the offset of a clock that is driven', async () => {
    const path = temporaryPath();
    const { times, until } = await receive({ path }, { clockOffsetMs: () => -Date.UTC(2020, 0) });
    sender(path).send('x');
    await until(() => times.length === 1);
    expect(times[0]).toBeLessThan(Date.now() - Date.UTC(2020, 0) + 1);
  });

  it('gives its file the permissions asked for', async () => {
    const path = temporaryPath();
    await receive({ path });
    expect(statSync(path).mode & 0o777).toBe(0o622);
    const other = temporaryPath();
    await receive({ path: other, mode: 0o220 });
    expect(statSync(other).mode & 0o777).toBe(0o220);
  });

  it.skipIf(process.geteuid?.() !== 0)('gives its file to the group asked for', async () => {
    const path = temporaryPath();
    await receive({ path, mode: 0o620, group: 4_242 });
    expect(statSync(path)).toMatchObject({ gid: 4_242, uid: 0 });
    expect(statSync(path).mode & 0o777).toBe(0o620);
  });

  it('replaces the socket of a process that ended', async () => {
    const path = temporaryPath();
    const libc = await loadLibc();
    const address = Buffer.alloc(2 + path.length + 1);
    address.writeUInt16LE(1);
    address.write(path, 2);
    const fd = libc.socket(1, 2, 0);
    expect(libc.bind(fd, address, address.length)).toBe(0);
    libc.close(fd);
    const { texts, until } = await receive({ path });
    sender(path).send('heard');
    await until(() => texts.length === 1);
  });

  it('does not take over from another', async () => {
    const path = temporaryPath();
    await receive({ path });
    await expect(receive({ path })).rejects.toMatchObject({ code: 'socket-in-use' });
    const stream = temporaryPath();
    const server = createServer().listen(stream);
    cleaning.push(() => server.close());
    await new Promise((done) => server.once('listening', done));
    await expect(receive({ path: stream })).rejects.toMatchObject({ code: 'socket-in-use' });
    expect(existsSync(stream)).toBe(true);
  });

  it('does not remove what is no socket, or no longer its own', async () => {
    const path = temporaryPath();
    writeFileSync(path, 'precious');
    await expect(receive({ path })).rejects.toMatchObject({ code: 'socket-path-taken' });
    const other = temporaryPath();
    const { source } = await receive({ path: other });
    rmSync(other);
    writeFileSync(other, 'of somebody else');
    await source.close();
    expect(existsSync(other)).toBe(true);
  });

  it.each([
    [
      'a path of 108 bytes',
      () => `/tmp/${'x'.repeat(103)}`,
      'socket-path-invalid',
      'has 108 bytes, must have at most 107',
    ],
    ['an empty path', () => '', 'socket-path-invalid', 'is empty'],
    [
      'a missing directory',
      () => temporaryPath('missing/x.sock'),
      'socket-failed',
      'the directory does not exist',
    ],
  ])('says what is wrong with %s', async (_name, path, code, message) => {
    const given = path();
    const failure = receive({ path: given });
    await expect(failure).rejects.toMatchObject({ code });
    await expect(failure).rejects.toThrow(message);
  });

  it('accepts a path of 107 bytes', async () => {
    const folder = dirname(temporaryPath());
    const path = join(folder, 'x'.repeat(106 - folder.length));
    expect(path).toHaveLength(107);
    const { texts, until } = await receive({ path });
    sender(path).send('x');
    await until(() => texts.length === 1);
  });

  it('receives from a descriptor that it was given, and leaves it open', async () => {
    const path = temporaryPath();
    const libc = await loadLibc();
    const fd = libc.socket(1, 2, 0);
    cleaning.push(() => libc.close(fd));
    const address = Buffer.alloc(2 + path.length + 1);
    address.writeUInt16LE(1);
    address.write(path, 2);
    libc.bind(fd, address, address.length);
    const { send } = sender(path);
    const first = await receive({ fd });
    send('one');
    await first.until(() => first.texts.length === 1);
    await first.source.close();
    expect(send('between')).toBe(0);
    const second = await receive({ fd });
    await second.until(() => second.texts.length === 1);
    expect(second.texts).toEqual(['between']);
  });

  it.each([
    ['of another kind', 1, 1],
    ['of another family', 2, 2],
  ])('refuses a descriptor %s', async (_name, domain, type) => {
    const libc = await loadLibc();
    const fd = libc.socket(domain, type, 0);
    cleaning.push(() => libc.close(fd));
    await expect(receive({ fd })).rejects.toMatchObject({ code: 'socket-unsuitable' });
  });

  it('refuses a descriptor that is none', async () => {
    await expect(receive({ fd: 9_999 })).rejects.toThrow('descriptor 9999: EBADF');
  });

  it('tells when receiving ends by itself', async () => {
    const libc = await loadLibc();
    const fd = libc.socket(1, 2, 0);
    const { deaths, until } = await receive({ fd });
    libc.close(fd);
    await until(() => deaths.length > 0);
    expect(deaths).toMatchObject([{ code: 'socket-failed' }]);
  });
});

describe('loadLibc', () => {
  it.each(['darwin', 'win32', 'freebsd'] as const)(
    'says on %s that Linux is needed',
    async (system) => {
      await expect(loadLibc(system)).rejects.toMatchObject({ code: 'datagrams-unsupported' });
    },
  );
});
