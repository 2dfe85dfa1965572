import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startSmtpSink } from '../../../../../test/peers/smtp-sink.ts';
import type { ReportAlert } from '../../intake/index.ts';
import { systemClock } from '../../io/clock/index.ts';
import { createMemoryLog } from '../../io/log/index.ts';
import { loadSettings } from '../config/index.ts';
import { createTellAlert } from './tell-alert.ts';

const ALERT: ReportAlert = {
  code: 'failures',
  kind: 'raised',
  key: 'failures example.com',
  severity: 'error',
  domain: 'example.com',
  message: 'example.com: 12 of 100 sessions failed.',
  remedy: 'Renew the certificate.',
};

function prepare(settings: object) {
  const directory = mkdtempSync(join(tmpdir(), 'sekisho-alert-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const log = createMemoryLog();
  const tell = (alerts: object, webhook?: string) => {
    const webhookFile = join(directory, 'webhook');
    if (webhook !== undefined) writeFileSync(webhookFile, `${webhook}\n`);
    const configFile = join(directory, 'sekisho.yaml');
    const intake = { alerts: { ...alerts, ...(webhook === undefined ? {} : { webhookFile }) } };
    writeFileSync(configFile, JSON.stringify({ ...settings, intake }));
    const loaded = loadSettings({ configFile, environment: {} });
    return createTellAlert(loaded.settings, { clock: systemClock, log });
  };
  return { log, tell };
}

async function listen(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as { readonly port: number };
  return `http://127.0.0.1:${String(port)}/secret-path`;
}

describe('createTellAlert', () => {
  it('writes to the log where nothing else is named', async () => {
    const { log, tell } = prepare({});
    const say = await tell({});
    await say(ALERT);
    await say({ ...ALERT, kind: 'over' });
    expect(log.entries.map(({ level, event }) => [level, event])).toEqual([
      ['error', 'TLS reports'],
      ['info', 'TLS reports'],
    ]);
  });

  it('posts to a webhook, and fails without telling its URL', async () => {
    const bodies: string[] = [];
    let status = 200;
    const url = await listen((request, response) => {
      void text(request).then((body) => {
        bodies.push(body);
        response.writeHead(status).end();
      });
    });
    const { tell } = prepare({});
    const say = await tell({}, url);
    await say(ALERT);
    expect(JSON.parse(bodies[0] ?? '')).toMatchObject({ version: 1, level: 'error', ...ALERT });
    status = 500;
    await expect(say(ALERT)).rejects.toThrow(/^the webhook answered with status 500$/u);
    const dead = await tell({}, 'http://127.0.0.1:1/secret-path');
    const problem = await dead(ALERT).catch((error: unknown) => String(error));
    expect(problem).toContain('the webhook cannot be reached');
    expect(problem).not.toContain('secret-path');
  });

  it.each(['http://example.com/x', 'ftp://example.com', 'nonsense'])(
    'refuses the webhook %s',
    async (url) => {
      const { tell } = prepare({});
      await expect(tell({}, url)).rejects.toMatchObject({ name: 'ConfigError' });
    },
  );

  it('says so when the command fails', async () => {
    const { tell } = prepare({});
    const say = await tell({ command: ['/bin/false'] });
    await expect(say(ALERT)).rejects.toThrow('/bin/false');
  });

  it('sends mail by the mail server of reports', async () => {
    const sink = await startSmtpSink();
    onTestFinished(() => sink.close());
    const { tell } = prepare({
      report: { contact: 'tls@example.com', mail: { port: sink.port, tls: 'off' } },
    });
    const say = await tell({ mailTo: 'postmaster@example.com' });
    await say(ALERT);
    expect(sink.received).toContain('Subject: TLS reports: failures example.com\r\n');
    const [, body = ''] = sink.received.split('\r\n\r\n');
    expect(Buffer.from(body, 'base64').toString()).toContain('12 of 100 sessions failed.');
  });
});
