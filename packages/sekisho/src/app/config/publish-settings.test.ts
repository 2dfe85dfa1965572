import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ConfigError, loadSettings, type Settings } from './index.ts';
import { findWarnings } from './warnings.ts';

const directory = mkdtempSync(join(tmpdir(), 'sekisho-config-publish-'));
const file = join(directory, 'sekisho.yaml');

afterAll(() => rmSync(directory, { recursive: true }));

function load(text: string, environment: Record<string, string> = {}): Settings['publish'] {
  writeFileSync(file, text);
  return loadSettings({ configFile: file, environment: { HOME: '/h', ...environment } }).settings
    .publish;
}

function problemsOf(text: string): string[] {
  try {
    load(`publish: ${text}`);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ where, message }) => `${where}: ${message}`);
  }
  return [];
}

describe('publish.domains', () => {
  it('takes names, groups and lists of one', () => {
    expect(
      load(
        'publish: { domains: [A.example, { name: bücher.example, mode: enforce, mx: mx.example }] }',
      ).domains,
    ).toEqual([
      { name: 'a.example', mode: 'testing' },
      { name: 'xn--bcher-kva.example', mode: 'enforce', mx: ['mx.example'] },
    ]);
  });

  it('can be given by the environment', () => {
    const { domains } = load('', { SEKISHO_PUBLISH_DOMAINS: 'a.example, b.example' });
    expect(domains.map(({ name }) => name)).toEqual(['a.example', 'b.example']);
  });
});

describe('what is wrong with publish', () => {
  it.each([
    [
      '{ domains: [a_b.example] }',
      'publish.domains.0.name (line 1): given is "a_b.example"; Cannot read domain "a_b.example": a label holds other characters than letters, digits and hyphens (RFC 5321 §4.1.2); allowed is a domain such as "example.com"',
    ],
    [
      '{ domains: [{ name: a.example, mod: none }] }',
      'publish.domains.0.mod (line 1): there is no such setting; did you mean mode?',
    ],
    [
      '{ domains: [{ name: a.example, mode: strict }] }',
      'publish.domains.0.mode (line 1): given is "strict"; allowed is "enforce", "testing" or "none"',
    ],
    [
      '{ domains: [{ name: a.example, mx: [192.0.2.1] }] }',
      'publish.domains.0.mx.0 (line 1): given is "192.0.2.1"; mx "192.0.2.1": its last label is a number, must not look like an IPv4 address (RFC 8461 §3.2); allowed is a list of MX hosts such as "mx.example.com" or "*.mx.example.com"',
    ],
    [
      '{ domains: [a.example, { name: A.example }] }',
      'publish.domains.1: given is "a.example" for the second time; allowed is each domain once',
    ],
    [
      '{ domains: [{ name: a.example, keyFile: /k }] }',
      'publish.domains.0.certificateFile: it is missing; a certificate of your own for a.example needs certificateFile and keyFile',
    ],
    [
      '{ domains: [{ name: a.example, mx: [b.example], preset: google }] }',
      'publish.domains.0.preset: given is "google", and mx of a.example as well; allowed is one of them',
    ],
    [
      '{ acme: { directory: "https://ca.example/dir" } }',
      'publish.acme.acceptTerms: given is false; an authority issues nothing before its terms are accepted: true',
    ],
    [
      '{ acme: { directory: "http://ca.example/dir" } }',
      'publish.acme.directory (line 1): given is "http://ca.example/dir"; the scheme is not "https"; allowed is "off", or an "https:" URL',
    ],
    [
      '{ acme: { eabKeyId: k } }',
      'publish.acme.eabKeyFile: it is missing; an external account binding needs eabKeyId and eabKeyFile',
    ],
    [
      '{ dns: { update: command, command: [hook] } }',
      'publish.dns.command: given is "hook"; allowed is the absolute path of a program',
    ],
    [
      '{ dns: { delegation: { signalling: sts.provider.example, host: h.provider.example } } }',
      'publish.dns.delegation: signalling: is "sts.provider.example", must hold {domain}, since every domain needs a record of its own',
    ],
    [
      '{ target: { addresses: [192.0.2.1], name: h.example } }',
      'publish.target.name: given is "h.example", and publish.target.addresses as well; allowed is one of them',
    ],
    [
      '{ reportTo: [postmaster@example.com] }',
      'publish.reportTo.0 (line 1): given is "postmaster@example.com"; it is neither a "mailto:" nor an "https:" address; allowed is a list of "mailto:" and "https:" addresses',
    ],
    [
      '{ listen: { https: ["127.0.0.1:8462"] } }',
      'publish.listen.https: given is "127.0.0.1:8462", which listen.admin has already; allowed is each address once',
    ],
  ])('%s', (text, problem) => {
    expect(problemsOf(text)).toEqual([problem]);
  });

  it('names all that an update by RFC 2136 lacks', () => {
    expect(problemsOf('{ dns: { update: rfc2136 } }')).toEqual([
      'publish.dns.server: it is missing; update: rfc2136 needs the address of the primary server',
      'publish.dns.tsigSecretFile: it is missing; update: rfc2136 is done with a TSIG key',
    ]);
  });
});

describe('findWarnings about publish', () => {
  it.each([
    ['{ gates: { days: 1 } }', 'publish.gates.days'],
    ['{ listen: { plain: ["0.0.0.0:80"] } }', 'publish.listen.plain'],
    ['{ listen: { admin: "0.0.0.0:8465" } }', 'publish.listen.admin'],
    ['{ probe: { port: 2525 } }', 'publish.probe.port'],
    [
      '{ acme: { directory: "https://ca.example/d", acceptTerms: true, challenges: http-01 }, listen: { http: [] } }',
      'publish.acme.challenges',
    ],
  ])('%s', (text, key) => {
    writeFileSync(file, `publish: ${text}`);
    const { settings } = loadSettings({ configFile: file, environment: { HOME: '/h' } });
    expect(findWarnings(settings).map((warning) => warning.key)).toEqual([key]);
  });
});
