import { afterEach, describe, expect, it } from 'vitest';
import { type ImapFault, startImapServer } from '../../../../../test/peers/imap-server.ts';
import { createFakeClock, systemClock } from '../clock/index.ts';
import { createImapOpener, type ImapServerOptions } from './create-imap-opener.ts';
import { readTokenFromCommand } from './read-token-from-command.ts';

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});
const live = new AbortController().signal;

async function build(fault?: ImapFault, options: Partial<ImapServerOptions> = {}) {
  const peer = await startImapServer(fault);
  ends.push(peer.close);
  const open = createImapOpener({
    host: '127.0.0.1',
    port: peer.port,
    security: 'none',
    credentials: async () => ({ user: 'me', password: 'secret' }),
    largestBytes: 1000,
    clock: systemClock,
    ...options,
  });
  return { peer, open: () => open(live) };
}

async function listAll(mailbox: Awaited<ReturnType<Awaited<ReturnType<typeof build>>['open']>>) {
  const found = [];
  for await (const message of mailbox.listAfter(5)) found.push(message);
  return found;
}

describe('createImapOpener', () => {
  it('reads without changing anything', async () => {
    const { peer, open } = await build();
    peer.messages.set(3, 'old').set(7, 'Subject: x\r\n\r\ny').set(9, 'z'.repeat(1001));
    const mailbox = await open();
    expect(mailbox.uidValidity).toBe('42');
    expect(await listAll(mailbox)).toEqual([
      { uid: 7, sizeBytes: 15 },
      { uid: 9, sizeBytes: 1001 },
    ]);
    expect(Buffer.from((await mailbox.fetch(7, 1000)) ?? []).toString()).toBe(
      'Subject: x\r\n\r\ny',
    );
    expect(await mailbox.fetch(9, 1000)).toBe('too-large');
    expect(await mailbox.fetch(8, 1000)).toBeUndefined();
    await mailbox.close();
    const verbs = peer.commands.map((command) => command.split(' ', 1)[0]);
    expect(verbs).toContain('EXAMINE');
    expect(verbs).not.toContain('SELECT');
    expect(peer.commands.filter((command) => command.includes('BODY['))).toEqual([]);
    expect(peer.commands.some((command) => command.includes('BODY.PEEK['))).toBe(true);
  });

  it('waits until a message comes, or the signal', async () => {
    const { peer, open } = await build();
    const mailbox = await open();
    const waiting = mailbox.waitForNews(60_000, live);
    await expect.poll(() => peer.commands.at(-1)).toBe('IDLE');
    peer.deliver(7, 'x');
    await waiting;
    const stop = new AbortController();
    const second = mailbox.waitForNews(60_000, stop.signal);
    stop.abort();
    await second;
    expect(await listAll(mailbox)).toEqual([{ uid: 7, sizeBytes: 1 }]);
    await mailbox.close();
  });

  it('says so when the connection is lost in between', async () => {
    const { peer, open } = await build();
    const mailbox = await open();
    const waiting = mailbox.waitForNews(60_000, live);
    await expect.poll(() => peer.commands.at(-1)).toBe('IDLE');
    await Promise.all([peer.close(), expect(waiting).rejects.toMatchObject({ code: 'imap-lost' })]);
    ends.length = 0;
    await mailbox.close();
  });

  it('marks and moves where it may', async () => {
    const { peer, open } = await build(undefined, { isWritable: true });
    peer.messages.set(7, 'x');
    const mailbox = await open();
    await mailbox.markSeen(7);
    await mailbox.moveTo(7, 'Done');
    await mailbox.close();
    expect(peer.commands.filter((command) => /^UID (?:STORE|MOVE)/.test(command))).toEqual([
      expect.stringContaining('\\Seen'),
      'UID MOVE 7 Done',
    ]);
  });

  it('never tells the password', async () => {
    const { open } = await build(undefined, {
      credentials: async () => ({ user: 'me', password: 'wrong-horse' }),
    });
    const error = await open().catch((error: unknown) => error as Error);
    expect(error).toMatchObject({ code: 'imap-login', temporary: false, cause: undefined });
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('wrong-horse');
  });

  it('sends no password where STARTTLS is required and not offered', async () => {
    const { peer, open } = await build(undefined, { security: 'starttls' });
    await expect(open()).rejects.toMatchObject({ code: 'imap-tls' });
    expect(peer.commands.filter((command) => /LOGIN|AUTH/.test(command))).toEqual([]);
  });

  it.each(['198.51.100.1', 'mail.example.test', '127.0.0.1.example.test'])(
    'does not speak to %s without TLS',
    (host) => {
      const options = { host, security: 'none', largestBytes: 1, clock: systemClock } as const;
      const credentials = async () => ({ user: 'me', password: 'secret' });
      expect(() => createImapOpener({ ...options, credentials })).toThrow(TypeError);
    },
  );
});

describe('a hostile IMAP server', () => {
  it('is left when it is silent', async () => {
    const clock = createFakeClock();
    const { open } = await build('silent', { clock, connectMs: 7000 });
    const opening = open().catch((error: unknown) => error);
    // The library is loaded first.
    await import('imapflow');
    await clock.advance(0);
    await clock.advance(7000);
    expect(await opening).toMatchObject({ code: 'imap-lost' });
  });

  it('cannot fill the memory with a line', async () => {
    const { open } = await build('endless-line');
    await expect(open()).rejects.toMatchObject({ name: 'IoError', temporary: true });
  });

  it('cannot send more than was asked for', async () => {
    const { peer, open } = await build('false-size');
    peer.messages.set(7, 'x'.repeat(900));
    const mailbox = await open();
    expect(await mailbox.fetch(7, 1000)).toBe('too-large');
    await mailbox.close();
  });

  it.each(['giant-literal', 'hang-up'] as const)('ends the connection: %s', async (fault) => {
    const { peer, open } = await build(fault);
    peer.messages.set(7, 'x');
    const mailbox = await open();
    await expect(mailbox.fetch(7, 1000)).rejects.toMatchObject({ code: 'imap-lost' });
    await mailbox.close();
  });
});

describe('readTokenFromCommand', () => {
  const run = (script: string, timeoutMs = 60_000): Promise<string> =>
    readTokenFromCommand({ program: '/bin/sh', args: ['-c', script], timeoutMs }, systemClock);

  it('takes the first line', async () => {
    expect(await run('printf "tok.en=\\nmore\\n"')).toBe('tok.en=');
  });

  it.each([
    ['printf ""', /must print a token/],
    ['printf "two words"', /must print a token/],
    ['echo tok; exit 3', /ended with 3/],
    ['kill -9 $$', /ended with SIGKILL/],
    ['yes', /printed more than 16384/],
  ])('says what is wrong with %s', async (script, message) => {
    await expect(run(script)).rejects.toMatchObject({
      code: 'imap-token',
      message: expect.stringMatching(message),
    });
  });

  it('names a program that is not there', async () => {
    const command = { program: '/nowhere/token', args: [] };
    await expect(readTokenFromCommand(command, systemClock)).rejects.toThrow(/ENOENT/);
  });

  it('ends one that takes too long', async () => {
    const clock = createFakeClock();
    const command = { program: '/bin/sh', args: ['-c', 'exec sleep 600'], timeoutMs: 5000 };
    const token = readTokenFromCommand(command, clock).catch((error: unknown) => error);
    await clock.advance(5000);
    expect(String(await token)).toMatch(/longer than 5000 ms/);
  });
});
