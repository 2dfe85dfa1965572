import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bindDatagrams } from '../../../../../test/peers/bound-datagrams.ts';
import { openUnixDatagramSender } from '../../../../../test/peers/unix-datagram-sender.ts';
import { openSqliteReportStore } from '../../report/store/index.ts';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));
/** The machine may be busy. */
const PATIENCE_MS = 30_000;
const DATAGRAM = JSON.stringify({
  dpv: '1',
  d: 'receiver.test',
  pr: 'v=TLSRPTv1; rua=mailto:tls@receiver.test',
  policies: [{ 'policy-type': 9, t: 0, f: 0 }],
});

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sekisho-report-run-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** The service in a process of its own, with a socket as systemd passes it, and what it has logged. */
function spawnService(configFile: string, fd: number) {
  // LISTEN_PID must be the service's own, so a shell sets it before it becomes the service.
  const script = 'LISTEN_PID=$$ exec "$0" --conditions=sekisho-source "$@"';
  const args = [MAIN, '--config', configFile, 'report', 'serve'];
  const child = spawn('/bin/sh', ['-c', script, process.execPath, ...args], {
    env: {
      HOME: directory,
      PATH: process.env['PATH'] ?? '',
      LISTEN_FDS: '1',
      LISTEN_FDNAMES: 'tlsrpt',
    },
    stdio: ['ignore', 'ignore', 'pipe', fd],
  });
  const started = { child, ended: once(child, 'exit'), log: '' };
  child.stderr?.on('data', (chunk: Buffer) => {
    started.log += chunk.toString();
  });
  return started;
}

describe.runIf(process.platform === 'linux')('sekisho report serve as a process', () => {
  it(
    'receives on the socket that is passed, reloads on SIGHUP, and on SIGTERM keeps what has arrived',
    async () => {
      const configFile = join(directory, 'sekisho.yaml');
      const stateDirectory = join(directory, 'state');
      const report = { listen: { admin: 'off', datagrams: ['/nowhere/tlsrpt.sock'] } };
      writeFileSync(configFile, JSON.stringify({ stateDirectory, report }));
      const path = join(directory, 'passed.sock');
      const bound = bindDatagrams(path);
      const started = spawnService(configFile, bound.fd);
      const { child, ended } = started;
      const untilLogged = async (text: string): Promise<void> => {
        await expect.poll(() => started.log, { timeout: PATIENCE_MS }).toContain(text);
      };
      const sender = openUnixDatagramSender(path);
      // Before there is a service: the socket is.
      sender.send(Buffer.from(DATAGRAM));
      await untilLogged('"msg":"ready"');
      expect(started.log).toContain('report.contact is not set');
      child.kill('SIGHUP');
      await untilLogged('configuration read again');
      sender.send(Buffer.from(DATAGRAM));
      child.kill('SIGTERM');
      expect(await ended).toEqual([0, null]);
      sender.close();
      bound.close();
      const store = await openSqliteReportStore({
        directory: join(stateDirectory, 'reporter'),
        readOnly: true,
      });
      expect(await store.listDays()).toMatchObject([{ successes: 2, failures: 0 }]);
      await store.close();
    },
    2 * PATIENCE_MS,
  );

  it(
    'ends with code 78 and one sentence when a key cannot be used',
    async () => {
      const configFile = join(directory, 'sekisho.yaml');
      const keyFile = join(directory, 'key.pem');
      writeFileSync(keyFile, 'no key');
      const report = { contact: 'a@sender.test', dkim: { keyFile, selector: 's' } };
      const stateDirectory = join(directory, 'state');
      writeFileSync(configFile, JSON.stringify({ stateDirectory, report }));
      const bound = bindDatagrams(join(directory, 'passed.sock'));
      const started = spawnService(configFile, bound.fd);
      expect(await started.ended).toEqual([78, null]);
      bound.close();
      expect(started.log).toContain('report.dkim: Cannot use the DKIM key');
      expect(started.log).not.toContain('    at ');
    },
    PATIENCE_MS,
  );
});
