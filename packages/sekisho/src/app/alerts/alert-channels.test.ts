import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startSmtpSink } from '../../../../../test/peers/smtp-sink.ts';
import { systemClock } from '../../io/clock/index.ts';
import { loadSettings } from '../config/index.ts';
import { createAlertChannels } from './alert-channels.ts';
import type { ToldAlert } from './format-alert.ts';

const ALERT: ToldAlert = {
  code: 'failures-reported',
  kind: 'raised',
  key: 'failures-reported example.com',
  severity: 'error',
  subject: { domain: 'example.com' },
  message: 'example.com: 12 of 100 sessions failed.',
  remedy: 'Renew the certificate.',
  heard: ['error'],
  raisedAtMs: Date.UTC(2026, 10, 24, 6),
  toldAtMs: Date.UTC(2026, 10, 24, 7),
  toldTo: [],
  isDelivered: false,
};

function prepare(settings: object) {
  const directory = mkdtempSync(join(tmpdir(), 'sekisho-alert-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  /** The one channel that the settings name. */
  const open = async (alerts: object, webhook?: string) => {
    const webhookFile = join(directory, 'webhook');
    if (webhook !== undefined) writeFileSync(webhookFile, `${webhook}\n`);
    const configFile = join(directory, 'sekisho.yaml');
    const group = { ...alerts, ...(webhook === undefined ? {} : { webhookFile }) };
    writeFileSync(configFile, JSON.stringify({ ...settings, alerts: group }));
    const loaded = loadSettings({ configFile, environment: {} });
    const [channel, ...others] = await createAlertChannels(loaded.settings, 'intake', systemClock);
    expect(others).toEqual([]);
    return channel;
  };
  return { directory, open };
}

async function listen(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as { readonly port: number };
  return `http://127.0.0.1:${String(port)}/secret-path`;
}

const { signal } = new AbortController();

describe('createAlertChannels', () => {
  it('makes none where none is named', async () => {
    expect(await prepare({}).open({})).toBeUndefined();
  });

  it('hands a command one line of JSON', async () => {
    const { directory, open } = prepare({});
    const file = join(directory, 'alerts');
    const command = await open({ command: ['/bin/sh', '-c', 'cat >> "$0"', file] });
    expect(await command?.send(ALERT, signal)).toBeUndefined();
    expect(readFileSync(file, 'utf8')).toBe(
      '{"version":1,"at":"2026-11-24T07:00:00.000Z","role":"intake","code":"failures-reported","kind":"raised","severity":"error","domain":"example.com","message":"example.com: 12 of 100 sessions failed.","remedy":"Renew the certificate.","raisedAt":"2026-11-24T06:00:00.000Z","key":"failures-reported example.com"}\n',
    );
  });

  it('tells that a command failed', async () => {
    const command = await prepare({}).open({ command: ['/bin/false'] });
    expect(await command?.send(ALERT, signal)).toContain('/bin/false');
  });

  it('ends a command that hangs when the service ends, with all that it started', async () => {
    const { directory, open } = prepare({});
    const file = join(directory, 'pid');
    const script = 'sleep 300 & echo $! > "$0.new"; mv "$0.new" "$0"; wait';
    const command = await open({ command: ['/bin/sh', '-c', script, file] });
    const closing = new AbortController();
    const sending = command?.send(ALERT, closing.signal);
    await expect.poll(() => existsSync(file)).toBe(true);
    closing.abort();
    expect(await sending).toBe('/bin/sh was ended with the service');
    const pid = readFileSync(file, 'utf8').trim();
    await expect.poll(() => existsSync(`/proc/${pid}/fd/0`)).toBe(false);
  });

  it('says what a command said last', async () => {
    const command = await prepare({}).open({
      command: ['/bin/sh', '-c', 'echo one >&2; printf "no\\033[1m\\n" >&2; exit 3'],
    });
    expect(await command?.send(ALERT, signal)).toMatch(/^\/bin\/sh ended with code 3: no\S+1m$/u);
  });

  it('breaks off a webhook and a mail server that never answer, with the service', async () => {
    const closing = new AbortController();
    const url = await listen(() => undefined);
    const webhook = await prepare({}).open({}, url);
    const silent = createTcpServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    onTestFinished(() => void silent.close());
    const { port } = silent.address() as { readonly port: number };
    const mail = await prepare({
      report: { contact: 'tls@example.com', mail: { port, tls: 'off' } },
    }).open({ mailTo: 'postmaster@example.com' });
    const sending = [webhook, mail].map(async (channel) => channel?.send(ALERT, closing.signal));
    closing.abort();
    const problems = await Promise.all(sending);
    expect(problems).toEqual([
      expect.stringContaining('cannot be reached'),
      expect.stringContaining('mail is not taken'),
    ]);
  });

  it('posts the same to a webhook, and fails without telling its URL', async () => {
    const bodies: string[] = [];
    let status = 200;
    const url = await listen((request, response) => {
      void text(request).then((body) => {
        bodies.push(body);
        response.writeHead(status).end();
      });
    });
    const { open } = prepare({});
    const webhook = await open({}, url);
    expect(await webhook?.send(ALERT, signal)).toBeUndefined();
    expect(JSON.parse(bodies[0] ?? '')).toMatchObject({ version: 1, key: ALERT.key });
    status = 500;
    expect(await webhook?.send(ALERT, signal)).toBe('the webhook answered with status 500');
    const dead = await open({}, 'http://127.0.0.1:1/secret-path');
    const problem = await dead?.send(ALERT, signal);
    expect(problem).toContain('the webhook cannot be reached');
    expect(problem).not.toContain('secret-path');
  });

  it.each(['http://example.com/x', 'ftp://example.com', 'nonsense'])(
    'refuses the webhook %s',
    async (url) => {
      const opening = prepare({}).open({}, url);
      await expect(opening).rejects.toMatchObject({ name: 'ConfigError' });
    },
  );

  it('sends mail by the mail server of reports', async () => {
    const sink = await startSmtpSink();
    onTestFinished(() => sink.close());
    const { open } = prepare({
      report: { contact: 'tls@example.com', mail: { port: sink.port, tls: 'off' } },
    });
    const mail = await open({ mailTo: 'postmaster@example.com' });
    expect(await mail?.send(ALERT, signal)).toBeUndefined();
    expect(sink.received).toContain('Subject: Sekisho: failures-reported example.com\r\n');
    const [, body = ''] = sink.received.split('\r\n\r\n');
    expect(Buffer.from(body, 'base64').toString()).toContain('12 of 100 sessions failed.');
  });
});
