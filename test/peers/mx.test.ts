import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { createCertificateAuthority } from './certificates.ts';
import { type Mx, type MxOptions, startMx } from './mx.ts';

const authority = createCertificateAuthority();
const certificate = authority.issue({ dnsNames: ['mx.a.test'] });
const started: Mx[] = [];

afterEach(async () => {
  for (const mx of started.splice(0)) await mx.close();
});

async function start(options: MxOptions): Promise<Mx> {
  const mx = await startMx({ certificate, ...options });
  started.push(mx);
  return mx;
}

/** Sends each line when the reply to the one before has ended; returns all replies. */
async function talk(socket: Socket, lines: readonly string[]): Promise<string> {
  let replies = '';
  for (const line of lines) {
    socket.write(`${line}\r\n`);
    replies += await readReply(socket);
  }
  return replies;
}

async function readReply(socket: Socket): Promise<string> {
  let reply = '';
  while (!/^\d{3} [^\r]*\r\n$/m.test(reply)) {
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    reply += chunk.toString('latin1');
  }
  return reply;
}

async function greeted({ port, host }: Mx): Promise<Socket> {
  const socket = connect(port, host);
  await readReply(socket);
  return socket;
}

async function secured(socket: Socket, options: ConnectionOptions = {}): Promise<Socket> {
  await talk(socket, ['EHLO client.test', 'STARTTLS']);
  const secure = connectTls({ socket, servername: 'mx.a.test', ca: authority.rootPem, ...options });
  await once(secure, 'secureConnect');
  return secure;
}

const MESSAGE = [
  'EHLO client.test',
  'MAIL FROM:<a@client.test> BODY=8BITMIME',
  'RCPT TO:<b@a.test>',
  'RCPT TO:<c@a.test>',
  'DATA',
  'Subject: x\r\n\r\n..dot\r\n.',
  'QUIT',
];

describe('the MX peer', () => {
  it('takes mail in clear', async () => {
    const mx = await start({});
    await talk(await greeted(mx), MESSAGE);
    expect(mx.messages).toEqual([
      {
        from: 'a@client.test',
        to: ['b@a.test', 'c@a.test'],
        data: 'Subject: x\r\n\r\n.dot\r\n',
        ehlo: 'client.test',
        clientAddress: '127.0.0.1',
      },
    ]);
    expect(mx.heard).toContain('RCPT TO:<b@a.test>');
  });

  it('takes mail over TLS and notes version and SNI, in a mailbox too', async () => {
    const mailbox = join(mkdtempSync(join(tmpdir(), 'sekisho-mx-')), 'box');
    const mx = await start({ mailbox });
    const replies = await talk(await secured(await greeted(mx)), MESSAGE);
    expect(replies).not.toContain('STARTTLS');
    const tls = { version: 'TLSv1.3', serverName: 'mx.a.test' };
    expect(mx.messages).toMatchObject([{ tls }]);
    const files = readdirSync(mailbox);
    expect(files).toHaveLength(1);
    expect(JSON.parse(readFileSync(join(mailbox, files[0] ?? ''), 'utf8'))).toEqual(mx.messages[0]);
  });

  it('no-starttls: does not offer it and does not take it', async () => {
    const socket = await greeted(await start({ mode: 'no-starttls' }));
    expect(await talk(socket, ['EHLO c', 'STARTTLS'])).toMatch(/^250-mx[^S]*250 8BITMIME\r\n502 /);
  });

  it('starttls-refused: offers it, then answers 454, and still takes mail', async () => {
    const mx = await start({ mode: 'starttls-refused' });
    const socket = await greeted(mx);
    expect(await talk(socket, ['EHLO c', 'STARTTLS'])).toMatch(/250-STARTTLS\r\n.*454 /s);
    await talk(socket, MESSAGE);
    expect(mx.messages).toHaveLength(1);
  });

  it('tls-1.1: fails for who wants TLS 1.2, serves who does not', async () => {
    const mx = await start({ mode: 'tls-1.1' });
    await expect(secured(await greeted(mx))).rejects.toThrow(/protocol/i);
    const old = { minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    await talk(await secured(await greeted(mx), old), MESSAGE);
    expect(mx.messages).toMatchObject([{ tls: { version: 'TLSv1.1' } }]);
  });

  it('close-after-ehlo: hangs up', async () => {
    const socket = await greeted(await start({ mode: 'close-after-ehlo' }));
    socket.on('error', () => socket.destroy());
    socket.write('EHLO c\r\n');
    await once(socket, 'close');
  });

  it('reads nothing that came in clear behind STARTTLS', async () => {
    const mx = await start({});
    const socket = await greeted(mx);
    await talk(socket, ['EHLO c', 'STARTTLS\r\nMAIL FROM:<evil@c.test>']);
    expect(mx.heard).toEqual(['EHLO c', 'STARTTLS']);
    socket.destroy();
  });
});
