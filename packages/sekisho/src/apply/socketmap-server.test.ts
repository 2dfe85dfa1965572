import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { formatNetstring } from './netstring.ts';
import { createSocketmapServer, type Reply, type SocketmapServerOptions } from './index.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const requestAt = (buffer: Buffer, start: number, end: number): string =>
  buffer.toString('latin1', start, end);

async function startServer(options: Partial<SocketmapServerOptions> = {}) {
  const refused: string[] = [];
  const answered: string[] = [];
  const server = createSocketmapServer({
    reply: (...where): Reply => ({
      text: formatNetstring(`OK ${requestAt(...where)}`),
      outcome: 'secure',
    }),
    observer: {
      answered: (outcome) => void answered.push(outcome),
      refused: (problem) => void refused.push(problem),
    },
    ...options,
  });
  await server.listen({ host: '127.0.0.1', port: 0 });
  closers.push(() => server.close());
  const port = Number(server.address().split(':').at(-1));
  return { server, port, refused, answered };
}

function open(port: number): Socket {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  closers.push(() => socket.destroy());
  return socket;
}

/** Everything that the peer sends until it has sent `bytes` or closed. */
function receive(socket: Socket, bytes = Number.POSITIVE_INFINITY): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      if (text.length >= bytes) resolve(text);
    });
    socket.on('close', () => resolve(text));
  });
}

const closed = (socket: Socket): Promise<void> =>
  new Promise((resolve) => socket.on('close', () => resolve()));

describe('socketmap server', () => {
  it('answers again and again on one connection', async () => {
    const { port } = await startServer();
    const socket = open(port);
    for (const key of ['a', 'b', 'c']) {
      socket.write(`5:sts ${key},`);
      expect(await receive(socket, 11)).toContain(`8:OK sts ${key},`);
      socket.removeAllListeners('data');
    }
  });

  it('answers pipelined requests in order, be they known or not', async () => {
    const waiting: (() => void)[] = [];
    const { port } = await startServer({
      reply: (...where) => {
        const request = requestAt(...where);
        const reply: Reply = { text: formatNetstring(request), outcome: 'secure' };
        return request.includes('slow')
          ? new Promise((resolve) => waiting.unshift(() => resolve(reply)))
          : reply;
      },
    });
    const socket = open(port);
    const all = receive(socket, 29);
    socket.write('6:slow 1,6:fast 1,6:slow 2,6:fast 2,');
    await expect.poll(() => waiting.length).toBe(2);
    for (const release of waiting) release();
    expect(await all).toBe('6:slow 1,6:fast 1,6:slow 2,6:fast 2,');
  });

  it('takes requests in pieces of any size', async () => {
    const { port } = await startServer();
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 8 }),
        async (sizes) => {
          const socket = open(port);
          const text = '15:sts example.com,7:sts abc,';
          const all = receive(socket, 36);
          socket.setNoDelay(true);
          let offset = 0;
          for (const size of sizes) {
            socket.write(text.slice(offset, offset + size));
            offset += size;
            await new Promise((done) => setImmediate(done));
          }
          socket.write(text.slice(offset));
          expect(await all).toBe('18:OK sts example.com,10:OK sts abc,');
          socket.destroy();
        },
      ),
      { numRuns: 30 },
    );
  });

  it.each([
    ['not a netstring', 'GET / HTTP/1.1\r\n\r\n', 'bad-length'],
    ['a length beyond the limit', '10001:', 'too-long'],
    ['no comma', '3:abc;', 'no-comma'],
  ])('%s closes that connection, says so, and serves others', async (_, bytes, problem) => {
    const { port, refused } = await startServer();
    const socket = open(port);
    socket.write(bytes);
    await closed(socket);
    expect(refused).toEqual([problem]);
    const other = open(port);
    other.write('5:sts a,');
    expect(await receive(other, 11)).toBe('8:OK sts a,');
  });

  it('what was asked before the nonsense is still answered', async () => {
    const { port } = await startServer();
    const socket = open(port);
    const all = receive(socket);
    socket.write('5:sts a,nonsense');
    expect(await all).toBe('8:OK sts a,');
  });

  it('a request that is never finished ends the connection', async () => {
    const { port, refused } = await startServer({ requestMs: 50 });
    const socket = open(port);
    socket.write('15:sts exam');
    await closed(socket);
    expect(refused).toEqual(['unfinished']);
  });

  it('a connection that always has half a request on the way is served as long as each gets finished', async () => {
    const { port, refused } = await startServer({ requestMs: 200 });
    const socket = open(port);
    const all = receive(socket, 20 * 11);
    socket.write('5:st');
    for (let round = 0; round < 20; round += 1) {
      await new Promise((done) => setTimeout(done, 20));
      socket.write('s a,5:st');
    }
    expect((await all).length).toBe(20 * 11);
    expect(refused).toEqual([]);
  });

  it('an idle connection is closed', async () => {
    const { port } = await startServer({ idleMs: 50 });
    await closed(open(port));
  });

  it('a client that never reads is not read from, and is let go', async () => {
    let replies = 0;
    const text = formatNetstring('x'.repeat(50_000));
    const { port } = await startServer({
      idleMs: 300,
      reply: () => {
        replies += 1;
        return { text, outcome: 'secure' };
      },
    });
    const socket = open(port);
    socket.pause();
    const request = '5:sts a,'.repeat(1000);
    const writing = setInterval(() => socket.write(request), 10);
    // Only a write tells a client that does not read that the connection is gone.
    await closed(socket);
    clearInterval(writing);
    expect(replies).toBeLessThan(5000);
  });

  it('more connections than allowed are closed at once, the others live', async () => {
    const { port } = await startServer({ maxConnections: 2 });
    const [first, second] = [open(port), open(port)];
    first.write('5:sts a,');
    second.write('5:sts b,');
    await Promise.all([receive(first, 11), receive(second, 11)]);
    await closed(open(port));
    first.removeAllListeners('data');
    first.write('5:sts c,');
    expect(await receive(first, 11)).toBe('8:OK sts c,');
  });

  it('a stop answers what was asked, then closes', async () => {
    let release: () => void = () => undefined;
    const { server, port } = await startServer({
      reply: () =>
        new Promise((resolve) => {
          release = () => resolve({ text: '2:OK,', outcome: 'secure' });
        }),
    });
    const socket = open(port);
    const all = receive(socket);
    socket.write('5:sts a,');
    await new Promise((done) => setTimeout(done, 30));
    const stopped = server.close();
    release();
    expect(await all).toBe('2:OK,');
    await stopped;
  });

  it('a stop does not wait for clients that ask nothing, even if they keep their end open', async () => {
    const { server, port } = await startServer();
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    closers.push(() => socket.destroy());
    socket.write('5:sts a,');
    await receive(socket, 11);
    const startedMs = performance.now();
    await server.close();
    expect(performance.now() - startedMs).toBeLessThan(1000);
  });

  it('a stop does not wait for ever', async () => {
    const { server, port } = await startServer({
      stopMs: 50,
      reply: () => new Promise(() => undefined),
    });
    open(port).write('5:sts a,');
    await new Promise((done) => setTimeout(done, 20));
    await server.close();
  });

  it('listens on a Unix socket', async () => {
    const { server } = await startServer();
    const path = join(tmpdir(), `sekisho-test-${process.pid}.sock`);
    const unix = createSocketmapServer({
      reply: () => ({ text: '2:OK,', outcome: 'secure' }),
      observer: { answered: () => undefined, refused: () => undefined },
    });
    await unix.listen({ path });
    closers.push(() => unix.close());
    expect(unix.address()).toBe(path);
    const socket = connect(path);
    closers.push(() => socket.destroy());
    socket.write('5:sts a,');
    expect(await receive(socket, 5)).toBe('2:OK,');
    expect(server.address()).toMatch(/^127\.0\.0\.1:\d+$/);
  });
});
