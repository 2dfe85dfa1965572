import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  createServiceWorld,
  type ServiceWorld,
} from '../../../../../test/peers/publish-service.ts';

const DOMAIN = 'example.test';
/** The machine may be busy. */
const PATIENCE_MS = 60_000;

let world: ServiceWorld;

beforeEach(async () => {
  world = await createServiceWorld();
});
afterEach(() => world.close());

interface Status {
  readonly announced?: {
    readonly mode: string;
    readonly id: string;
    readonly createdBy: string;
    readonly maxAgeSeconds: number;
  };
  readonly domain: { readonly change?: { readonly step: string; readonly problem?: object } };
  readonly certificate?: {
    readonly notAfter?: string;
    readonly problem?: { readonly code: string };
  };
}

async function status(): Promise<Status> {
  const { stdout } = await world.command('publish', 'status', DOMAIN, '--json');
  return JSON.parse(stdout === '' ? '{"domain":{}}' : stdout) as Status;
}

const until = (run: () => Promise<void> | void): Promise<void> =>
  vi.waitFor(run, { timeout: PATIENCE_MS / 2, interval: 50 });

async function untilAnnounced(mode: string): Promise<Status> {
  await until(async () => expect((await status()).announced?.mode).toBe(mode));
  return status();
}

describe('sekisho publish serve', { timeout: PATIENCE_MS }, () => {
  it('publishes what the configuration declares: served, verified, announced, confirmed', async () => {
    await world.start();
    const { announced } = await untilAnnounced('testing');
    expect(world.announced()).toBe(`v=STSv1; id=${announced?.id ?? ''};`);
    expect(announced?.createdBy).toBe('configuration');
    const listed = await world.command('publish', 'status');
    expect(listed.stdout).toMatch(
      /^domain +mode +since +certificate +note\nexample\.test +testing/u,
    );
  });

  it('takes orders, and follows them to their end', async () => {
    await world.start();
    await untilAnnounced('testing');
    const done = await world.command(
      'publish',
      'set',
      DOMAIN,
      '--mode',
      'testing',
      '--max-age',
      '10d',
    );
    expect(done).toMatchObject({ code: 0, stderr: '' });
    const steps = done.stdout.match(/✓ \w+/gu);
    expect(steps).toEqual(['✓ serve', '✓ verify', '✓ announce', '✓ confirm']);
    expect((await status()).announced?.createdBy).toBe('ann');
    const again = await world.command(
      'publish',
      'set',
      DOMAIN,
      '--mode',
      'testing',
      '--max-age',
      '10d',
    );
    expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('unchanged') });
    const back = await world.command('publish', 'rollback', DOMAIN);
    expect(back).toMatchObject({ code: 0, stdout: expect.stringContaining('max_age 7 days') });
    const history = await world.command('publish', 'history', DOMAIN);
    expect(history.stdout.match(/^version \d/gmu)).toEqual(['version 3', 'version 2', 'version 1']);
  });

  it('refuses enforce while gates are shut, and keeps who forced it and why', async () => {
    await world.start();
    await untilAnnounced('testing');
    const refused = await world.command('publish', 'set', DOMAIN, '--mode', 'enforce');
    expect(refused).toMatchObject({ code: 65, stdout: '' });
    expect(refused.stderr).toContain('refused; nothing was changed');
    expect(refused.stderr).toContain('gate-');
    expect((await status()).announced?.mode).toBe('testing');
    const mute = await world.command('publish', 'set', DOMAIN, '--mode', 'enforce', '--force');
    expect(mute).toMatchObject({ code: 64, stderr: expect.stringContaining('--reason') });
    const argv = ['publish', 'set', DOMAIN, '--mode', 'enforce', '--force', '--reason', 'a test'];
    expect(await world.command(...argv)).toMatchObject({ code: 0 });
    const shown = await world.command('publish', 'status', DOMAIN);
    expect(shown.stdout).toContain('by ann: a test');
  });

  it('goes on after a restart, and shows what is kept without a service', async () => {
    world.hookEnds(75);
    await world.start();
    await until(async () => expect((await status()).domain.change?.step).toBe('announce'));
    await world.stop();
    const shown = await world.command('publish', 'status', DOMAIN);
    expect(shown).toMatchObject({ code: 0, stdout: expect.stringContaining('announce, since') });
    const order = await world.command('publish', 'abandon', DOMAIN);
    expect(order).toMatchObject({ code: 69, stderr: expect.stringContaining('nobody listens at') });
    world.hookEnds(0);
    await world.start();
    await untilAnnounced('testing');
  });

  it('reads its configuration anew, and brings about what it says', async () => {
    const service = await world.start();
    await untilAnnounced('testing');
    const { domains } = world.settings.publish;
    const [domain] = domains;
    await service.reload(world.load({ domains: [{ ...domain, maxAgeSeconds: 864_000 }] }));
    await until(async () => expect((await status()).announced?.maxAgeSeconds).toBe(864_000));
  });

  it('keeps its settings when the new ones cannot be used', async () => {
    const service = await world.start();
    await untilAnnounced('testing');
    const wrong = world.load({ domains: [{ name: DOMAIN, preset: 'gogle' }] });
    await expect(service.reload(wrong)).rejects.toMatchObject({ name: 'ConfigError' });
    expect((await world.command('publish', 'probe', DOMAIN)).stdout).toContain('mx.example.test');
  });

  it('shows its health, its metrics and which hosts it serves', async () => {
    const { admin } = await world.start({
      listen: { ...world.settings.publish.listen, admin: await world.freeAddress() },
    });
    await untilAnnounced('testing');
    const ask = (path: string) => fetch(`http://${admin ?? ''}${path}`);
    expect(await (await ask('/healthz')).json()).toMatchObject({ status: 'ok', domains: 1 });
    const metrics = await (await ask('/metrics')).text();
    expect(metrics).toContain('sekisho_publish_domains{mode="testing"} 1');
    expect(metrics).toContain('sekisho_publish_responses_total{listener="https",status="200"} 1');
    expect(metrics).toContain('sekisho_publish_policy_fetches_total 1');
    expect(metrics).not.toContain(DOMAIN);
    expect((await ask(`/v1/ask?domain=mta-sts.${DOMAIN}`)).status).toBe(200);
    expect((await ask('/v1/ask?domain=mta-sts.other.test')).status).toBe(404);
    expect((await ask('/v1/ask')).status).toBe(404);
    expect((await fetch(`http://${admin ?? ''}/v1/tick`, { method: 'POST' })).status).toBe(404);
  });

  it('carries out what is due when it is told to', async () => {
    await world.start();
    await untilAnnounced('testing');
    expect(await world.post('/v1/tick')).toEqual({ status: 200, body: { kind: 'done' } });
    for (const body of ['', '{', '{"order":{"by":""}}', '[]', `{"x":"${'x'.repeat(70_000)}"}`])
      expect((await world.post(`/v1/domains/${DOMAIN}/set`, body)).status).toBe(400);
    expect((await world.post('/v1/domains/a..b/leave')).status).toBe(400);
    expect((await world.post(`/v1/domains/${DOMAIN}/other`)).status).toBe(404);
  });

  it('passes alerts on to a program, each once', async () => {
    const file = join(world.directory, 'alerts');
    world.hookEnds(1);
    const everywhere = { alerts: { command: ['/bin/sh', '-c', 'cat >> "$0"', file] } };
    const read = (code: string) =>
      readFileSync(file, 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as { readonly code: string; readonly kind: string })
        .filter((alert) => alert.code === code);
    await world.start({ everywhere });
    await until(() =>
      expect(read('id-not-announced')).toMatchObject([
        { version: 1, role: 'publisher', kind: 'raised', severity: 'warning', domain: DOMAIN },
      ]),
    );
    await world.stop();
    await world.start({ everywhere });
    world.hookEnds(0);
    await until(() =>
      expect(read('id-not-announced').map(({ kind }) => kind)).toEqual(['raised', 'over']),
    );
  });

  it('writes every served policy as a static file where it is told to', async () => {
    const target = join(world.directory, 'www');
    await world.start({ export: target });
    await untilAnnounced('testing');
    const file = join(target, `mta-sts.${DOMAIN}/.well-known/mta-sts.txt`);
    await until(() => expect(readFileSync(file, 'utf8')).toContain('mode: testing\r\n'));
  });

  it('keeps its socket to itself', async () => {
    await world.start();
    const { mode } = statSync(join(world.roleDirectory, 'publish.sock'));
    expect(mode & 0o777).toBe(0o600);
  });
});

describe('wrong input', { timeout: PATIENCE_MS }, () => {
  it('says of a domain that is not published how to begin', async () => {
    await world.start();
    for (const verb of ['status', 'history', 'rollback', 'leave', 'remove', 'abandon', 'probe']) {
      const { code, stdout, stderr } = await world.command('publish', verb, 'other.test');
      expect({ verb, code, stdout }).toEqual({ verb, code: 1, stdout: '' });
      expect(stderr).toContain('nothing is published for other.test; begin with');
    }
  });

  it('turns U-labels into A-labels, and says so', async () => {
    await world.start();
    const { code, stderr } = await world.command('publish', 'status', 'bücher.test');
    expect(code).toBe(1);
    expect(stderr).toContain('bücher.test is xn--bcher-kva.test in the DNS');
  });

  it.each([
    [['set', 'exa_mple.test', '--mode', 'testing'], 'other characters than letters'],
    [['set', DOMAIN], 'give --mode'],
    [['set', DOMAIN, '--mode', 'strict'], '--mode: given is "strict"'],
    [['set', DOMAIN, '--mode', 'testing', '--max-age', '1y'], '--max-age: given is "1y"'],
    [['set', DOMAIN, '--mode', 'testing', '--preset', 'gogle'], '--preset: given is "gogle"'],
    [['rollback', DOMAIN, '--to', 'x'], '--to: given is "x"'],
  ])('%j is a wrong command line', async (argv, message) => {
    await world.start();
    const { code, stderr } = await world.command('publish', ...argv);
    expect(code).toBe(64);
    expect(stderr).toContain(message);
  });

  it('refuses an IP address as MX, and changes nothing', async () => {
    await world.start();
    await untilAnnounced('testing');
    const before = await world.command('publish', 'history', DOMAIN, '--json');
    const argv = ['publish', 'set', DOMAIN, '--mode', 'testing', '--mx', '192.0.2.1'];
    const { code, stderr } = await world.command(...argv);
    expect(code).toBe(65);
    expect(stderr).toContain('(mx-address)');
    const after = await world.command('publish', 'history', DOMAIN, '--json');
    expect(after.stdout).toBe(before.stdout);
  });

  it('refuses a policy file with a lone CR, and names its line', async () => {
    await world.start();
    await untilAnnounced('testing');
    const file = join(world.directory, 'policy.txt');
    writeFileSync(file, 'version: STSv1\rmode: testing\rmx: mx.example.test\rmax_age: 604800\r');
    const { code, stderr } = await world.command('publish', 'set', DOMAIN, '--file', file);
    expect(code).toBe(65);
    expect(stderr).toContain('cannot be published; nothing was changed');
    expect(stderr).toContain('CR without LF');
    const good = 'version: STSv1\nmode: testing\nmx: mx.example.test\nmax_age: 864000\n';
    writeFileSync(file, good);
    expect((await world.command('publish', 'set', DOMAIN, '--file', file)).code).toBe(0);
  });

  it('reads of a file without an end no more than a policy may have', async () => {
    await world.start();
    await untilAnnounced('testing');
    const endless = await world.command('publish', 'set', DOMAIN, '--file', '/dev/zero');
    expect(endless).toMatchObject({ code: 65, stderr: expect.stringContaining('at most 65536') });
    const missing = await world.command('publish', 'set', DOMAIN, '--file', '/none\u{1b}[31m');
    expect(missing).toMatchObject({
      code: 74,
      stderr: expect.stringContaining('Cannot read the policy file /none\\x1b[31m: ENOENT'),
    });
  });

  it('takes as many mx as a policy has room for, and says so when it has none (RFC 8461 §3.3)', async () => {
    await world.start();
    await untilAnnounced('testing');
    const set = (count: number) => {
      const names = Array.from({ length: count }, (_, index) => `mx${index}.example.test`);
      const argv = ['publish', 'set', DOMAIN, '--mode', 'testing', '--no-wait', '--mx'];
      return world.command(...argv, 'mx.example.test', ...names);
    };
    expect(await set(5000)).toMatchObject({
      code: 65,
      stdout: '',
      stderr: expect.stringContaining('nothing was changed'),
    });
    expect(await set(1500)).toMatchObject({ code: 0, stdout: expect.stringContaining('mx1499.') });
  });

  it("does not use an expired certificate of one's own, and says which file", async () => {
    const dayMs = 86_400_000;
    const expired = world.authority.issue({
      dnsNames: [`mta-sts.${DOMAIN}`],
      notBefore: new Date(Date.now() - 3 * dayMs),
      notAfter: new Date(Date.now() - dayMs),
    });
    writeFileSync(world.certificateFile, expired.chainPem);
    writeFileSync(world.keyFile, expired.keyPem);
    await world.start();
    await until(async () =>
      expect((await status()).certificate?.problem?.code).toBe('certificate-expired'),
    );
    await until(async () => expect((await status()).domain.change?.problem).toBeDefined());
    expect(await status()).toMatchObject({ domain: { change: { step: 'verify' } } });
    expect(world.announced()).toBeUndefined();
  });

  it('tells when the DNS refuses the new id, and that senders find the former policy', async () => {
    await world.start();
    const { announced } = await untilAnnounced('testing');
    world.hookEnds(1);
    const argv = ['publish', 'set', DOMAIN, '--mode', 'testing', '--max-age', '3d', '--no-wait'];
    expect(await world.command(...argv)).toMatchObject({ code: 0 });
    await until(async () => expect((await status()).domain.change?.problem).toBeDefined());
    const shown = await world.command('publish', 'status', DOMAIN);
    expect(shown.stdout).toContain('ended with code 1');
    expect(world.announced()).toContain(announced?.id);
    expect(await world.command('publish', 'abandon', DOMAIN)).toMatchObject({ code: 0 });
    expect((await status()).domain.change).toBeUndefined();
  });

  it('names the directory that it cannot write', async () => {
    await world.start();
    await untilAnnounced('testing');
    const file = join(world.directory, 'file');
    writeFileSync(file, '');
    const { code, stderr } = await world.command('publish', 'export', join(file, 'www'));
    expect(code).toBe(74);
    expect(stderr).toContain(`Cannot write ${file}/www/`);
    const strange = await world.command('publish', 'export', join(world.directory, 'a"$b'));
    expect(strange).toMatchObject({ code: 64, stderr: expect.stringContaining('cannot be used') });
  });

  it('does not start on a state directory that cannot be one', async () => {
    writeFileSync(world.stateDirectory, '');
    await expect(world.start()).rejects.toMatchObject({ name: 'IoError' });
  });
});

describe('sekisho publish export', { timeout: PATIENCE_MS }, () => {
  it('writes policies and snippets, whole or not at all', async () => {
    await world.start();
    await untilAnnounced('testing');
    const target = join(world.directory, 'tree');
    mkdirSync(target);
    chmodSync(target, 0o755);
    const { code, stdout } = await world.command('publish', 'export', target);
    expect(code).toBe(0);
    expect(stdout).toContain('1 policy');
    expect(readdirSync(target).toSorted()).toEqual([
      'Caddyfile',
      `mta-sts.${DOMAIN}`,
      'nginx.conf',
      'worker.js',
    ]);
    const missing = await world.command('publish', 'export', target, 'other.test');
    expect(missing).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('nothing was written'),
    });
  });
});

describe('sekisho dns', { timeout: PATIENCE_MS }, () => {
  it('says which records are right already', async () => {
    await world.start({
      target: { addresses: ['127.0.0.1', '::1'] },
      reportTo: ['mailto:tls@example.test'],
    });
    await untilAnnounced('testing');
    const { code, stdout } = await world.command('dns', DOMAIN);
    expect(code).toBe(1);
    expect(stdout).toContain('_mta-sts.example.test.');
    expect(stdout.match(/^ {2}[✓✗·] \w+/gmu)).toEqual([
      '  ✓ right',
      '  ✓ right',
      '  ✗ missing',
      '  ✗ missing',
    ]);
    const zone = await world.command('dns', DOMAIN, '--format', 'zone');
    expect(zone.stdout.split('\n').filter((line) => line !== '')).toHaveLength(4);
    const form = await world.command('dns', DOMAIN, '--format', 'form');
    expect(form.stdout).toMatch(/^_mta-sts +TXT/mu);
  });

  it('shows no id before its policy is given out', async () => {
    await world.start({ domains: [] });
    const { code, stdout } = await world.command('dns', DOMAIN);
    expect(code).toBe(1);
    expect(stdout).not.toContain('v=STSv1');
    expect(stdout).toContain('sekisho publish set example.test --mode testing');
  });
});
