import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Domain, parseDomain } from '@sekisho/spec';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCertificateAuthority } from '../../../../../../test/peers/certificates.ts';
import { type DnsServer, startDnsServer } from '../../../../../../test/peers/dns-server.ts';
import { redirect, whole } from '../../../../../../test/peers/policy-answers.ts';
import { type PolicyHost, startPolicyHost } from '../../../../../../test/peers/policy-host.ts';
import { openSqlitePolicyStore } from '../../../discover/store/index.ts';
import { buildProgram } from '../program.ts';
import { reportFailure } from '../run-cli.ts';
import type { Step } from './explanation.ts';

const directory = mkdtempSync(join(tmpdir(), 'sekisho-query-'));
const authority = createCertificateAuthority(directory);
let dns: DnsServer;
let host: PolicyHost;

beforeAll(async () => {
  dns = await startDnsServer();
  host = await startPolicyHost();
});

afterAll(async () => {
  await dns.close();
  await host.close();
  rmSync(directory, { recursive: true });
});

interface Published {
  readonly txt?: readonly string[];
  readonly body?: string;
  readonly mx?: readonly string[];
}

function publish(name: string, { txt = ['v=STSv1; id=1;'], body, mx = [] }: Published): void {
  dns.set(`_mta-sts.${name}`, 'TXT', txt);
  dns.set(`mta-sts.${name}`, 'A', ['127.0.0.1']);
  dns.set(
    name,
    'MX',
    mx.map((exchange, index) => ({ preference: 10 * (index + 1), exchange })),
  );
  const certificate = authority.issue({ dnsNames: [`mta-sts.${name}`] });
  host.serve(`mta-sts.${name}`, certificate, body === undefined ? redirect(301, '/') : whole(body));
}

async function query(...argv: readonly string[]) {
  let stdout = '';
  let stderr = '';
  const environment = {
    HOME: directory,
    SEKISHO_STATE_DIRECTORY: join(directory, 'state'),
    SEKISHO_DNS_SERVERS: dns.address,
    SEKISHO_HTTPS_CA_FILE: authority.rootFile,
    SEKISHO_HTTPS_PORT: String(host.port),
    SEKISHO_HTTPS_ALLOWED_ADDRESSES: '127.0.0.0/8',
  };
  const context = {
    stdout: { write: (chunk: string) => (stdout += chunk) },
    stderr: { write: (chunk: string) => (stderr += chunk) },
    environment,
  };
  const code = await buildProgram(context)
    .run(['query', ...argv])
    .catch((error: unknown) => reportFailure(error, context.stderr));
  return { code, stdout, stderr };
}

async function steps(...argv: readonly string[]): Promise<readonly Step[]> {
  const { stdout } = await query('--json', ...argv);
  return (JSON.parse(stdout) as { readonly steps: readonly Step[] }).steps;
}

/** What differs from run to run, made the same. */
function settle(text: string): string {
  return text
    .replaceAll(directory, '/var')
    .replaceAll(dns.address, '192.0.2.53:53')
    .replaceAll(/(OK secure match=\S+).*/gu, '$1 …')
    .replaceAll(/\d+ ms/gu, '9 ms')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:]+Z/gu, '2026-01-01T00:00:00Z');
}

function domain(name: string): Domain {
  const parsed = parseDomain(name);
  if (!parsed.ok) throw new Error(name);
  return parsed.value;
}

describe('sekisho query', { timeout: 30_000 }, () => {
  it('tells the whole way, from the name to the line for Postfix', async () => {
    publish('good.test', {
      txt: ['v=STSv1; id=20260101;', 'left \u001b[31mred'],
      body: 'version: STSv1\r\nmode: enforce\r\nmx: *.mail.test\r\nmx: mx.good.test\r\nmax_age: 1209600\r\n',
      mx: ['mx1.mail.test', 'mx.good.test', 'mx.other.test'],
    });
    const { code, stdout, stderr } = await query('good.test');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(`\n${settle(stdout)}`).toBe(`
Next hop  good.test, the Policy Domain

Record    _mta-sts.good.test TXT in 9 ms
          NOERROR, not validated (no AD), TTL 300 s, from 192.0.2.53:53
          "v=STSv1; id=20260101;"
          "left \\x1b[31mred"
          notice: TXT record "left \\u{1b}[31mred" is ignored: it is no MTA-STS record (RFC 8461 §3.1)
          the id is 20260101

Kept      nothing: there is no /var/state/sender/policies.sqlite3
          the daemon would fetch

Fetch     https://mta-sts.good.test/.well-known/mta-sts.txt
          addresses    127.0.0.1
          connected    to 127.0.0.1
          TLS          TLSv1.3
          certificate  for mta-sts.good.test
                       by CN=Sekisho test intermediate
                       from 2026-01-01T00:00:00Z to 2026-01-01T00:00:00Z (in 29 days)
          answer       200, text/plain
          84 bytes in 9 ms

Policy    as fetched now, valid
           1  version: STSv1
           2  mode: enforce
           3  mx: *.mail.test
           4  mx: mx.good.test
           5  max_age: 1209600

MX        NOERROR, not validated (no AD), TTL 300 s, from 192.0.2.53:53
          pref  host           *.mail.test  mx.good.test
            10  mx1.mail.test  yes          -
            20  mx.good.test   -            yes
            30  mx.other.test  -            -             no pattern allows it: must get no mail
          mail may go only to hosts that the policy allows (RFC 8461 §4.1)
          Postfix before 3.10.5 contacts other hosts too: they get mail if their certificate names a host of the policy

Decision  The policy applies: mail goes only to MX hosts that match the policy and prove their name with a trusted certificate (RFC 8461 §5).
          mode enforce, id 20260101, until 2026-01-01T00:00:00Z (in 13 days)

Postfix   sts answers, for Postfix 3.4 or newer
            OK secure match=.mail.test:mx.good.test …
          sts-tlsrpt answers, for Postfix 3.10 or newer
            OK secure match=.mail.test:mx.good.test …

`);
  });

  it('shows each issue under its line', async () => {
    publish('broken.test', { body: 'version: STSv1\nmode: on\nmx: *.a.*\n\nmax_age: 1e5\n' });
    const { code, stdout } = await query('broken.test', '--no-mx');
    expect(code).toBe(1);
    expect(stdout).toContain(`Policy    as fetched now, not valid: it counts as none (RFC 8461 §3.2)
           1  version: STSv1
           2  mode: on
              error: MTA-STS policy, line 2: mode is "on", must be enforce, testing or none (RFC 8461 §3.2)
           3  mx: *.a.*
`);
    expect(stdout).toContain('it is announced and fetched, but not valid');
    expect(stdout).not.toContain('\nMX ');
  });

  it('says why nothing could be fetched', async () => {
    publish('redirect.test', {});
    const { code, stdout } = await query('redirect.test');
    expect(code).toBe(75);
    expect(stdout).toContain('status is 301, must be 200 (RFC 8461 §3.3)');
    expect(stdout).toContain('http-redirect, reported as sts-policy-fetch-error; failed in');
  });

  it.each([
    [75, 'the policy host cannot be found', ['v=STSv1; id=1;']],
    [1, 'there are several records', ['v=STSv1; id=1;', 'v=STSv1; id=2;']],
    [1, 'the record is not valid', ['v=STSv1; id=-;']],
    [0, 'no record announces a policy', []],
  ] as const)('ends with code %i if %s', async (expected, _, txt) => {
    publish('ends.test', { txt });
    dns.setFault('mta-sts.ends.test', 'servfail');
    expect((await query('ends.test', '--no-mx')).code).toBe(expected);
  });

  it('names the setting that allows an address which is not global', async () => {
    publish('inside.test', {});
    dns.set('mta-sts.inside.test', 'A', ['10.0.0.1']);
    const { code, stdout } = await query('inside.test', '--no-mx');
    expect(code).toBe(75);
    expect(stdout).toContain('the setting https.allowedAddresses can allow it');
  });

  it('ends with code 75 while the DNS does not tell', async () => {
    dns.setFault('_mta-sts.servfail.test', 'servfail');
    const { code, stdout } = await query('servfail.test');
    expect(code).toBe(75);
    expect(stdout).toContain('servfail: Cannot look up TXT of "_mta-sts.servfail.test"');
    expect(stdout).toContain('Decision  Uncertain: the DNS does not tell');
  });

  it('knows when mail can go nowhere', async () => {
    publish('stranded.test', {
      body: 'version: STSv1\nmode: enforce\nmx: mx.a.test\nmax_age: 1209600\n',
      mx: ['mx.b.test'],
    });
    const { stdout } = await query('stranded.test');
    expect(stdout).toContain('no host is allowed: all mail to the domain has to wait');
  });

  it('takes a testing policy for what it is', async () => {
    publish('testing.test', {
      body: 'version: STSv1\nmode: testing\nmx: mx.a.test\nmax_age: 86400\n',
    });
    const { stdout } = await query('testing.test', '--postfix', '3.10');
    expect(stdout).toContain('no MX: the domain itself is the only host (RFC 5321 §5.1)');
    expect(stdout).toContain('no pattern allows it: used, and reported');
    expect(stdout).toContain('sts and sts-tlsrpt answer\n            NOTFOUND\n');
  });

  it.each([
    ['Bücher.Test', { kind: 'domain', policyDomain: 'xn--bcher-kva.test' }],
    ['[relay.test]:587', { kind: 'smart-host', policyDomain: 'relay.test', port: 587 }],
    ['[192.0.2.1]', { kind: 'address-literal' }],
    ['.parent.test', { kind: 'parent' }],
  ])('understands the next hop %s', async (input, expected) => {
    const [first, ...rest] = await steps(input);
    expect(first).toMatchObject({ step: 'next-hop', input, ...expected });
    expect(rest.at(-1)).toMatchObject({
      step: 'postfix',
      answers: [{ line: 'NOTFOUND ' }, { line: 'NOTFOUND ' }],
    });
  });

  it('refuses a name that cannot be a domain with code 64', async () => {
    const { code, stdout } = await query('a..b');
    expect(code).toBe(64);
    expect(stdout).toContain('a label is empty');
  });

  it('compares with what is kept, and shows it alone with --cached', async () => {
    const body = 'version: STSv1\nmode: enforce\nmx: mx.kept.test\nmax_age: 1209600\n';
    publish('kept.test', { txt: ['v=STSv1; id=2;'], body });
    const store = await openSqlitePolicyStore({ directory: join(directory, 'state/sender') });
    const nowMs = Date.now();
    await store.putPolicy({
      policyDomain: domain('kept.test'),
      id: '1',
      body,
      fetchedAtMs: nowMs - 3_600_000,
      expiresAtMs: nowMs + 1_206_000_000,
      refreshAtMs: nowMs + 80_000_000,
    });
    await store.close();

    const live = await steps('kept.test');
    expect(live.find(({ step }) => step === 'kept')).toMatchObject({
      policy: { id: '1', mode: 'enforce', isExpired: false },
      idIsUnchanged: false,
      daemon: { fetch: true, id: '2' },
    });
    expect(live.find(({ step }) => step === 'decision')).toMatchObject({ id: '2', from: 'fetch' });

    const asked = dns.queries.length;
    const cached = await steps('kept.test', '--cached');
    expect(cached.map(({ step }) => step)).toEqual([
      'next-hop',
      'kept',
      'policy',
      'decision',
      'postfix',
    ]);
    expect(cached.find(({ step }) => step === 'decision')).toMatchObject({
      id: '1',
      from: 'cache',
    });
    expect(dns.queries).toHaveLength(asked);
    expect((await query('nothing.test', '--cached')).code).toBe(1);

    dns.set('_mta-sts.kept.test', 'TXT', []);
    dns.setFault('mta-sts.kept.test', 'servfail');
    const { stdout } = await query('kept.test', '--no-mx');
    expect(stdout).toContain('the record is gone, so the kept policy serves until it expires');
    expect(stdout).toContain('Policy    as kept, valid');
  });

  it('asks the world even if the store cannot be read', async () => {
    rmSync(join(directory, 'state'), { recursive: true, force: true });
    mkdirSync(join(directory, 'state/sender'), { recursive: true });
    writeFileSync(
      join(directory, 'state/sender/policies.sqlite3'),
      'no database at all'.repeat(1000),
    );
    const { code, stdout } = await query('nowhere.test', '--no-mx');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Kept {6}unknown: .*policies\.sqlite3/mu);
    expect(stdout).toContain('No policy applies: the domain announces none (RFC 8461 §3.1).');
  });
});
