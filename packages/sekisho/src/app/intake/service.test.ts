import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createCertificateAuthority } from '../../../../../test/peers/certificates.ts';
import { startImapServer } from '../../../../../test/peers/imap-server.ts';
import { createIntakeWorld, type IntakeWorld } from '../../../../../test/peers/intake-service.ts';

/** The machine may be busy. */
const PATIENCE_MS = 60_000;
const NO_STARTTLS = {
  'result-type': 'starttls-not-supported',
  'receiving-mx-hostname': 'mx.example.com',
  'receiving-ip': '192.0.2.5',
  'failed-session-count': 3,
};

let world: IntakeWorld;

beforeEach(async () => {
  world = await createIntakeWorld();
});
afterEach(() => world.close());

const until = (run: () => Promise<void> | void): Promise<void> =>
  vi.waitFor(run, { timeout: PATIENCE_MS / 2, interval: 20 });

describe('sekisho intake serve', { timeout: PATIENCE_MS }, () => {
  it('takes a signed report by LMTP, verifies it, and explains it', async () => {
    await world.start({ domains: ['example.com'] });
    const reply = await world.deliver(await world.mail({ failures: [NO_STARTTLS] }));
    expect(reply).toMatch(/^250 .*report stored/u);
    const listed = await world.command('intake', 'list');
    expect(listed.stdout).toMatch(/example\.net +10 +3 +verified +lmtp/u);
    const shown = await world.command('reports');
    expect(shown).toMatchObject({ code: 0, stderr: '' });
    expect(shown.stdout).toContain('✗ example.com: MX mx.example.com at 192.0.2.5 did not offer');
    expect(shown.stdout).toContain('→ Turn on TLS');
    expect(shown.stdout).not.toContain('Not verified');
  });

  it('keeps apart what nobody signed, and counts it only when it is told to', async () => {
    await world.start();
    expect(await world.deliver(await world.mail({}, false))).toMatch(/^250/u);
    const shown = await world.command('reports');
    expect(shown.stdout).toContain('Not verified, and not counted above');
    expect(shown.stdout).toMatch(/example\.net +1 +7 +0 +it has no DKIM signature/u);
    expect(shown.stdout).not.toContain('✓  example.com');
    const all = await world.command('reports', '--all');
    expect(all.stdout).toMatch(/✓ +example\.com +1 +7 +0/u);
  });

  it('asks for a message again while the DNS is silent', async () => {
    await world.start();
    world.dns.setFault('s1._domainkey.example.net', 'servfail');
    const mail = await world.mail();
    expect(await world.deliver(mail)).toMatch(/^451/u);
    world.dns.setFault('s1._domainkey.example.net', undefined);
    expect(await world.deliver(mail)).toMatch(/^250 .*stored/u);
    expect(await world.deliver(mail)).toMatch(/^250 .*here before/u);
  });

  it('takes reports by POST, with the secret of the URI alone', async () => {
    const port = await world.freePort();
    const tokenFile = join(world.directory, 'token');
    writeFileSync(tokenFile, '0123456789abcdef\n');
    await world.start({ listen: { post: `127.0.0.1:${String(port)}` }, post: { tokenFile } });
    const post = (path: string) =>
      fetch(`http://127.0.0.1:${String(port)}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/tlsrpt+json' },
        body: new Uint8Array(world.json()),
      });
    expect((await post('/v1/tlsrpt')).status).toBe(404);
    expect((await post('/v1/tlsrpt/0123456789abcdef')).status).toBe(200);
    const listed = await world.command('intake', 'list');
    expect(listed.stdout).toMatch(/example\.net +7 +0 +not signed +post/u);
  });

  it('does TLS itself where it is given a certificate', async () => {
    const port = await world.freePort();
    const authority = createCertificateAuthority(world.directory);
    const files = [join(world.directory, 'c.pem'), join(world.directory, 'k.pem')] as const;
    const install = (name: string): void => {
      const { chainPem, keyPem } = authority.issue({ dnsNames: [name] });
      writeFileSync(files[0], chainPem);
      writeFileSync(files[1], keyPem);
    };
    install('localhost');
    const service = await world.start({
      listen: { post: `127.0.0.1:${String(port)}` },
      post: { certificateFile: files[0], keyFile: files[1] },
    });
    expect(service.post).toBe(`https://127.0.0.1:${String(port)}/v1/tlsrpt`);
    const ca = readFileSync(authority.rootFile);
    const post = (servername: string) =>
      new Promise<number | string>((resolve) => {
        const asked = request(
          {
            port,
            host: '127.0.0.1',
            servername,
            ca,
            method: 'POST',
            path: '/v1/tlsrpt',
            agent: false,
          },
          (response) => {
            response.resume();
            resolve(response.statusCode ?? 0);
          },
        );
        asked.on('error', ({ code }: NodeJS.ErrnoException) => resolve(code ?? ''));
        asked.end(world.json());
      });
    expect(await post('localhost')).toBe(200);
    install('other.test');
    await world.clock.advance(60_000);
    expect(await post('other.test')).toBe(200);
    writeFileSync(files[0], 'no certificate');
    await world.clock.advance(60_000);
    expect(await post('other.test')).toBe(200);
    expect(world.log.entries.map(({ event }) => event)).toContain(
      'the new certificate cannot be used; the former one stays',
    );
  });

  it('reads a Maildir now and then, and leaves it as it is', async () => {
    const path = join(world.directory, 'Maildir');
    for (const folder of ['new', 'cur', 'tmp']) mkdirSync(join(path, folder), { recursive: true });
    writeFileSync(join(path, 'new', '1'), await world.mail());
    const { store } = await world.start({ maildir: { path } });
    const count = async () =>
      (await store.listReports({ firstDay: world.yesterday, lastDay: world.today }, 10)).length;
    await until(async () => expect(await count()).toBe(1));
    writeFileSync(join(path, 'new', '2'), await world.mail());
    await until(async () => {
      await world.clock.advance(60_000);
      expect(await count()).toBe(2);
    });
    expect(statSync(join(path, 'new', '1')).isFile()).toBe(true);
  });

  it('reads a mailbox by IMAP, from where it was left', async () => {
    const peer = await startImapServer();
    onTestFinished(() => peer.close());
    const passwordFile = join(world.directory, 'password');
    writeFileSync(passwordFile, 'secret\n');
    peer.messages.set(3, (await world.mail()).toString('latin1'));
    const imap = { host: '127.0.0.1', port: peer.port, tls: 'none', user: 'me', passwordFile };
    const { store } = await world.start({ imap });
    const count = async () =>
      (await store.listReports({ firstDay: world.yesterday, lastDay: world.today }, 10)).length;
    await until(async () => expect(await count()).toBe(1));
    await world.stop();
    const fetches = () => peer.commands.filter((command) => /FETCH 3 /u.test(command)).length;
    const before = fetches();
    peer.messages.set(4, (await world.mail()).toString('latin1'));
    const again = await world.start({ imap });
    await until(() => expect(again.engine().imap()).toMatchObject({ kind: 'open', lastUid: 4 }));
    const kept = await again.store.listReports(
      { firstDay: world.yesterday, lastDay: world.today },
      10,
    );
    expect(kept).toHaveLength(2);
    expect(fetches()).toBe(before);
  });

  it('tells of failures once, and of other domains not at all', async () => {
    const file = join(world.directory, 'alerts');
    await world.start({
      domains: ['example.com'],
      alerts: { count: 3 },
      everywhere: { alerts: { command: ['/bin/sh', '-c', 'cat >> "$0"', file] } },
    });
    await world.deliver(await world.mail({ failures: [NO_STARTTLS] }));
    await until(async () => {
      await world.clock.advance(600_000);
      expect(readFileSync(file, 'utf8')).toContain('\n');
    });
    await world.clock.advance(600_000);
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      version: 1,
      role: 'intake',
      severity: 'error',
      code: 'failures-reported',
      kind: 'raised',
      domain: 'example.com',
    });
    const other = await world.deliver(await world.mail({ domain: 'other.test' }));
    expect(other).toMatch(/^250 .*cannot be used/u);
    const refused = await world.command('intake', 'refused');
    expect(refused.stdout).toContain('it is about "other.test", which is not one of our domains');
  });

  it('shows its health and its metrics', async () => {
    const admin = `127.0.0.1:${String(await world.freePort())}`;
    await world.start({ domains: ['example.com'], listen: { admin } });
    const strange = { ...NO_STARTTLS, 'result-type': 'evil"label' };
    await world.deliver(await world.mail({ failures: [NO_STARTTLS, strange] }));
    const ask = (path: string) => fetch(`http://${admin}${path}`);
    expect(await (await ask('/healthz')).json()).toMatchObject({
      status: 'ok',
      lastReport: expect.stringMatching(/^20/u),
    });
    const metrics = await (await ask('/metrics')).text();
    for (const line of [
      'sekisho_intake_arrivals_total{channel="lmtp",outcome="stored",trust="verified"} 1',
      'sekisho_intake_failed_sessions{result_type="starttls-not-supported"} 3',
      'sekisho_intake_failed_sessions{result_type="other"} 3',
      'sekisho_intake_domain_sessions{domain="example.com",result="failure"} 6',
      'sekisho_intake_reporters 1',
      'sekisho_intake_reporters_silent 0',
    ])
      expect(metrics).toContain(line);
    expect(metrics).not.toContain('evil');
    expect((await ask('/v1/other')).status).toBe(404);
  });

  it('works by new settings after a reload, and by the former ones when they cannot be used', async () => {
    const service = await world.start();
    await expect(
      service.reload(
        world.load({ everywhere: { alerts: { webhookFile: join(world.directory, 'none') } } }),
      ),
    ).rejects.toMatchObject({ name: 'ConfigError' });
    expect(await world.deliver(await world.mail())).toMatch(/^250 .*stored/u);
    await service.reload(world.load({ domains: ['other.test'] }));
    expect(await world.deliver(await world.mail())).toMatch(/^250 .*cannot be used/u);
  });

  it('loses nothing that it has acknowledged when it is stopped', async () => {
    await world.start();
    await world.deliver(await world.mail());
    await world.stop();
    const { code, stdout } = await world.command('intake', 'show', '1', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ submitter: 'example.net', successful: 7 });
  });
});
