import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createFakeClock, type FakeClock } from '../../io/clock/index.ts';
import type { LmtpServer } from '../../io/lmtp/index.ts';
import { createMemoryLog } from '../../io/log/index.ts';
import type { Acceptance } from '../accept/acceptor.ts';
import { createFakeAcceptor, type FakeAcceptor } from './fake-acceptor.ts';
import { createLmtpDoor, type LmtpDoorOptions } from './lmtp.ts';

const REFUSED: Acceptance = { kind: 'refused', problems: ['no JSON'] };
const LATER: Acceptance = { kind: 'later', problem: 'DNS is silent' };

interface World {
  readonly acceptor: FakeAcceptor;
  readonly clock: FakeClock;
  readonly server: LmtpServer;
  readonly counted: string[];
  readonly connect: () => Promise<Client>;
}

interface Client {
  readonly socket: Socket;
  /** Sends lines and returns as many final lines of replies. */
  ask(text: string, replies?: number): Promise<readonly string[]>;
  readonly closed: Promise<void>;
}

const ends: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function open(options: Partial<LmtpDoorOptions> = {}): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'sekisho-lmtp-'));
  const path = join(folder, 'lmtp.sock');
  const acceptor = createFakeAcceptor();
  const clock = createFakeClock();
  const counted: string[] = [];
  const server = await createLmtpDoor({
    acceptor,
    clock,
    log: createMemoryLog(),
    count: (channel, outcome) => counted.push(`${channel} ${outcome}`),
    ...options,
  });
  await server.listen({ path });
  ends.push(() => rmSync(folder, { recursive: true }));
  ends.push(async () => {
    const closed = server.close();
    await clock.advance(60_000);
    await closed;
  });
  return { acceptor, clock, server, counted, connect: () => greet(path) };
}

async function greet(path: string): Promise<Client> {
  const socket = connect(path);
  ends.push(() => void socket.destroy());
  let text = '';
  let wake = (): void => undefined;
  socket.setEncoding('utf8').on('data', (data: string) => {
    text += data;
    wake();
  });
  const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()));
  socket.on('error', () => undefined);
  void closed.then(() => wake());
  const read = async (replies: number): Promise<readonly string[]> => {
    for (;;) {
      const lines = text.split('\r\n').slice(0, -1);
      const finals = lines.filter((line) => /^\d{3} /.test(line));
      if (finals.length >= replies || socket.destroyed) {
        text = '';
        return finals;
      }
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  await read(1);
  return {
    socket,
    closed,
    ask(sent, replies = 1) {
      socket.write(sent);
      return read(replies);
    },
  };
}

async function begin(client: Client, recipients: readonly string[] = ['tlsrpt@example.test']) {
  const rcpt = recipients.map((address) => `RCPT TO:<${address}>\r\n`).join('');
  const replies = await client.ask(
    `LHLO mx.test\r\nMAIL FROM:<noreply@sender.test>\r\n${rcpt}DATA\r\n`,
    recipients.length + 3,
  );
  expect(replies.at(-1)).toMatch(/^354 /);
}

const MAIL = 'Subject: x\r\n\r\n..dot\r\nhello\r\n.\r\n';

describe('LMTP door (RFC 2033)', () => {
  it('announces SIZE and neither AUTH nor STARTTLS', async () => {
    const client = await (await open()).connect();
    client.socket.write('LHLO mx.test\r\n');
    const text = await new Promise<string>((resolve) =>
      client.socket.once('data', (data) => resolve(String(data))),
    );
    expect(text).toContain('SIZE 1000');
    expect(text).not.toMatch(/AUTH|STARTTLS/);
  });

  it.each([
    [undefined, 'discard', /^250 .*report stored/],
    [{ kind: 'duplicate', reportId: 'x' }, 'discard', /^250 /],
    [{ kind: 'not-a-report' }, 'discard', /^250 .*dropped/],
    [{ kind: 'not-a-report' }, 'refuse', /^554 5\.6\.0 /],
    [REFUSED, 'refuse', /^250 .*looked at/],
    [LATER, 'discard', /^451 4\.3\.0 /],
  ] as const)('answers %j with %s: %s', async (answer, withoutReport, expected) => {
    const { acceptor, connect } = await open({ withoutReport });
    if (answer !== undefined) acceptor.answers.push(answer);
    const client = await connect();
    await begin(client);
    expect(await client.ask(MAIL)).toEqual([expect.stringMatching(expected)]);
    const [arrived] = acceptor.arrived;
    expect(Buffer.from(arrived?.bytes ?? []).toString()).toBe(
      'Subject: x\r\n\r\n.dot\r\nhello\r\n',
    );
  });

  it('answers once for each recipient, also for one named twice (RFC 2033 §4.2)', async () => {
    const { connect, acceptor } = await open();
    const client = await connect();
    await begin(client, ['a@example.test', 'b@example.test', 'A@example.test']);
    expect(await client.ask(MAIL, 3)).toHaveLength(3);
    expect(await client.ask('NOOP\r\n')).toHaveLength(1);
    expect(acceptor.arrived).toHaveLength(1);
  });

  it('takes mail for the addresses of the list alone', async () => {
    const { connect } = await open({ recipients: ['tlsrpt@example.test'] });
    const client = await connect();
    const [, , right, wrong] = await client.ask(
      'LHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<TLSRPT@example.test>\r\nRCPT TO:<root@example.test>\r\n',
      4,
    );
    expect(right).toMatch(/^250 /);
    expect(wrong).toMatch(/^550 .*"root@example.test"/);
  });

  it('tells 552 for a message that says that it is too large, before its data', async () => {
    const { connect } = await open();
    const client = await connect();
    const replies = await client.ask('LHLO x\r\nMAIL FROM:<> SIZE=1001\r\n', 2);
    expect(replies[1]).toMatch(/^552 /);
  });

  it('reads a message that is too large to its end, keeps none of it, and goes on', async () => {
    const { connect, acceptor, counted } = await open();
    const client = await connect();
    await begin(client, ['a@example.test', 'b@example.test']);
    const line = `${'x'.repeat(998)}\r\n`;
    const replies = await client.ask(`${line.repeat(5000)}.\r\n`, 2);
    expect(replies).toEqual([
      expect.stringMatching(/^552 /),
      expect.stringMatching(/^552 .*1000 bytes/),
    ]);
    expect(counted).toEqual(['lmtp too-large']);
    await begin(client);
    expect(await client.ask(MAIL)).toEqual([expect.stringMatching(/^250 /)]);
    expect(acceptor.arrived).toHaveLength(1);
  });

  it('cuts a message that never ends', async () => {
    const { connect, acceptor, clock } = await open({ limits: { messageMs: 10_000 } });
    const client = await connect();
    await begin(client);
    await client.ask('Subject: slow\r\n', 0);
    await clock.advance(10_000);
    await client.closed;
    expect(acceptor.arrived).toEqual([]);
  });

  it('ends a connection whose time is over', async () => {
    const { connect, clock } = await open({ limits: { connectionMs: 10_000 } });
    const client = await connect();
    await clock.advance(10_000);
    client.socket.end();
    await client.closed;
  });

  it('forgets a message whose client went away', async () => {
    const { connect, acceptor } = await open();
    const client = await connect();
    await begin(client);
    client.socket.write('Subject: half\r\n');
    client.socket.destroy();
    const other = await connect();
    await begin(other);
    await other.ask(MAIL);
    expect(acceptor.arrived).toHaveLength(1);
  });

  it('turns away more connections than allowed, and more recipients', async () => {
    const { connect } = await open({ limits: { connections: 1, recipients: 1 } });
    const client = await connect();
    const replies = await client.ask(
      'LHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<a@b.test>\r\nRCPT TO:<c@b.test>\r\n',
      4,
    );
    expect(replies[3]).toMatch(/^452 /);
    const second = await connect();
    second.socket.end();
    await second.closed;
    expect(await client.ask('NOOP\r\n')).toEqual([expect.stringMatching(/^250 /)]);
  });

  it.each([
    ['garbage', '\u0000\u0001\u0002'.repeat(5000)],
    ['an endless line', 'x'.repeat(50_000)],
  ])('survives %s', async (_name, text) => {
    const { connect } = await open();
    const client = await connect();
    client.socket.write(text);
    client.socket.end();
    await client.closed;
    const other = await connect();
    expect(await other.ask('NOOP\r\n')).toHaveLength(1);
  });

  it('finishes the message in hand when it is closed, and ends idle connections', async () => {
    const { connect, acceptor, server } = await open();
    let answer = (_acceptance: Acceptance): void => undefined;
    acceptor.answers.push(
      new Promise((resolve) => {
        answer = resolve;
      }),
    );
    const [idle, busy] = [await connect(), await connect()];
    await begin(busy);
    const reply = busy.ask(MAIL);
    await acceptor.untilArrived(1);
    const closed = server.close();
    idle.socket.end();
    await idle.closed;
    answer({ kind: 'stored', reportId: '1', repairs: 0 });
    expect((await reply)[0]).toMatch(/^250 /);
    busy.socket.end();
    await closed;
  });

  it('cuts what is not finished in time', async () => {
    const { connect, acceptor, server, clock } = await open();
    acceptor.answers.push(new Promise(() => undefined));
    const client = await connect();
    await begin(client);
    client.socket.write(MAIL);
    await acceptor.untilArrived(1);
    const closed = server.close();
    await clock.advance(20_000);
    await closed;
    await client.closed;
  });
});
