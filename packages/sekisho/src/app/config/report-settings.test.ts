import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ConfigError, loadSettings, type Settings } from './index.ts';
import { findWarnings } from './warnings.ts';

const directory = mkdtempSync(join(tmpdir(), 'sekisho-config-report-'));
const file = join(directory, 'sekisho.yaml');

afterAll(() => rmSync(directory, { recursive: true }));

function load(text: string, environment: Record<string, string> = {}): Settings {
  writeFileSync(file, `report: ${text}`);
  return loadSettings({ configFile: file, environment: { HOME: '/h', ...environment } }).settings;
}

function problemsOf(text: string): string[] {
  try {
    load(text);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ where, message }) => `${where}: ${message}`);
  }
  return [];
}

describe('report', () => {
  it('needs nothing: everything has a default but who reports', () => {
    const { report } = load('');
    expect(report).toMatchObject({
      destinations: 'all',
      dryRun: false,
      spreadMinutes: 240,
      listen: { mode: 0o622, http: 'off', admin: { port: 8467 } },
      mail: { host: '127.0.0.1', port: 25, tls: 'opportunistic' },
    });
    expect(report).not.toHaveProperty('contact');
    expect(report.listen).not.toHaveProperty('datagrams');
  });

  it('can be given by the environment', () => {
    const { report } = load('', {
      SEKISHO_REPORT_CONTACT: 'mailto:tls@example.com',
      SEKISHO_REPORT_LISTEN_DATAGRAMS: '/a/x.sock, /b/y.sock',
      SEKISHO_REPORT_LISTEN_GROUP: '117',
    });
    expect(report.contact).toBe('tls@example.com');
    expect(report.listen).toMatchObject({ datagrams: ['/a/x.sock', '/b/y.sock'], group: 117 });
  });

  it('may listen nowhere for datagrams', () => {
    expect(load('{ listen: { datagrams: [] } }').report.listen.datagrams).toEqual([]);
  });
});

describe('what is wrong with report', () => {
  it.each([
    [
      '{ contact: postmaster }',
      'report.contact (line 1): given is "postmaster"; it is no mail address; allowed is a mail address',
    ],
    [
      '{ listen: { datagrams: [run/tlsrpt.sock] } }',
      'report.listen.datagrams.0 (line 1): given is "run/tlsrpt.sock"; the path is not absolute; allowed is a list of absolute paths',
    ],
    [
      '{ listen: { http: "127.0.0.1:18468" } }',
      'report.listen.tokensFile: it is missing; report.listen.http takes sessions only with a token',
    ],
    [
      '{ log: { file: /var/log/mail.log, journal: true } }',
      'report.log.journal: given is true, and report.log.file as well; allowed is one of them',
    ],
    [
      '{ contact: a@b.example, dkim: { keyFile: /k } }',
      'report.dkim.selector: it is missing; a signature needs keyFile and selector',
    ],
    [
      '{ dkim: { keyFile: /k, selector: tlsrpt } }',
      'report.contact: it is missing; report mail is signed as its domain',
    ],
    [
      '{ mail: { user: me } }',
      'report.mail.passwordFile: it is missing; to sign in needs user and passwordFile',
    ],
    [
      '{ mail: { host: mail.example, user: me, passwordFile: /p } }',
      'report.mail.tls: given is "opportunistic"; a password goes only over "required" or "implicit"',
    ],
    [
      '{ listen: { admin: "127.0.0.1:8465" } }',
      'report.listen.admin: given is "127.0.0.1:8465", which publish.listen.admin has already; allowed is each address once',
    ],
  ])('%s', (text, problem) => {
    expect(problemsOf(text)).toEqual([problem]);
  });

  it('refuses a socket path that is too long for the system', () => {
    expect(problemsOf(`{ listen: { datagrams: [/${'x'.repeat(107)}] } }`)).toEqual([
      expect.stringContaining('the path has more than 107 bytes'),
    ]);
  });
});

describe('findWarnings about report', () => {
  const signed = 'contact: a@b.example, dkim: { keyFile: /k, selector: s }';

  it.each([
    ['{ organizationName: Example }', 'report.contact'],
    ['{ contact: a@b.example }', 'report.dkim.keyFile'],
    [`{ ${signed}, dryRun: true }`, 'report.dryRun'],
    [`{ ${signed}, spreadMinutes: 0 }`, 'report.spreadMinutes'],
    [`{ ${signed}, mail: { host: mail.example, tls: off } }`, 'report.mail.tls'],
    ['{ listen: { admin: "0.0.0.0:8467" } }', 'report.listen.admin'],
    ['{ listen: { http: "0.0.0.0:18468", tokensFile: /t } }', 'report.listen.http'],
  ])('%s', (text, key) => {
    expect(findWarnings(load(text)).map((warning) => warning.key)).toEqual([key]);
  });

  it('has nothing to say of a contact with a key', () => {
    expect(findWarnings(load(`{ ${signed} }`))).toEqual([]);
  });
});
