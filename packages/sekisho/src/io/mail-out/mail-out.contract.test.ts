import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SmtpSink, startSmtpSink } from '../../../../../test/peers/smtp-sink.ts';
import { systemClock } from '../clock/index.ts';
import {
  createFakeMailOut,
  createSendmailMailOut,
  createSmtpMailOut,
  type MailOut,
} from './index.ts';

const directory = mkdtempSync(join(tmpdir(), 'sekisho-mail-out-'));
const program = join(directory, 'sendmail');
let sink: SmtpSink;
beforeAll(async () => {
  writeFileSync(program, '#!/bin/sh\ncat >/dev/null\n');
  chmodSync(program, 0o755);
  sink = await startSmtpSink();
});
afterAll(async () => {
  await sink.close();
  rmSync(directory, { recursive: true });
});

const MAIL = {
  from: 'tlsrpt@example.net',
  to: 'reports@example.com',
  message: Buffer.from('Subject: one\r\n\r\nbody\r\n'),
};

describe.each<[string, () => MailOut]>([
  ['the fake', createFakeMailOut],
  ['sendmail', () => createSendmailMailOut({ clock: systemClock, program })],
  [
    'SMTP',
    () =>
      createSmtpMailOut({
        clock: systemClock,
        host: '127.0.0.1',
        port: sink.port,
        tls: 'off',
        ehloName: 'mta.example.net',
      }),
  ],
])('MailOut by %s', (_title, create) => {
  it('commits once, and then the message is taken', async () => {
    let commits = 0;
    const outcome = await create().handOver(MAIL, {
      beforeCommit: () => {
        commits += 1;
        return Promise.resolve();
      },
    });
    expect([outcome.kind, commits]).toEqual(['taken', 1]);
  });

  it('does not take a message whose commit is refused, and does not reject', async () => {
    const beforeCommit = () => Promise.reject(new Error('store is gone'));
    expect((await create().handOver(MAIL, { beforeCommit })).kind).toBe('later');
  });

  it('hands nothing over when cancelled before', async () => {
    const signal = AbortSignal.abort();
    const beforeCommit = () => Promise.resolve();
    const outcome = await create().handOver(MAIL, { beforeCommit, signal });
    expect(outcome.kind).toBe('later');
  });
});
