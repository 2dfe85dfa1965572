import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ConfigError, loadSettings, type Settings } from './index.ts';
import { findWarnings } from './warnings.ts';

const directory = mkdtempSync(join(tmpdir(), 'sekisho-config-intake-'));
const file = join(directory, 'sekisho.yaml');

afterAll(() => rmSync(directory, { recursive: true }));

function load(text: string): Settings {
  writeFileSync(file, `intake: ${text}`);
  return loadSettings({ configFile: file, environment: { HOME: '/h' } }).settings;
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

describe('intake', () => {
  it('needs no setting', () => {
    const { intake } = load('{}');
    expect(intake.listen.lmtp).toEqual([{ kind: 'tcp', host: '127.0.0.1', port: 8469 }]);
    expect(intake.listen.post).toBe('off');
    expect(intake).toMatchObject({
      domains: [],
      dkim: { verify: true, keyService: 'not-excluded' },
      imap: { readOnly: true, mailbox: 'INBOX' },
      keep: { rawDays: 90, detailDays: 400, totalDays: 1827 },
    });
    expect(findWarnings(load('{}')).filter(({ key }) => key.startsWith('intake'))).toEqual([]);
  });

  it.each<[string, string]>([
    ['{ domains: ["a..b"] }', 'intake.domains.0'],
    ['{ post: { path: "v1" } }', 'intake.post.path'],
    [
      '{ listen: { post: "127.0.0.1:8443" }, post: { certificateFile: /c.pem } }',
      'intake.post.keyFile',
    ],
    [
      '{ post: { certificateFile: /c.pem, keyFile: /k.pem } }',
      'intake.listen.post: given is "off"',
    ],
    [
      '{ listen: { post: "127.0.0.1:8469" } }',
      'intake.listen.post: given is "127.0.0.1:8469", which intake.listen.lmtp has',
    ],
    ['{ keep: { rawDays: 500 } }', 'intake.keep.rawDays: given is 500, allowed is at most'],
    ['{ keep: { detailDays: 2000 } }', 'intake.keep.detailDays: given is 2000'],
    ['{ maildir: { moving: true } }', 'intake.maildir.path: it is missing'],
    ['{ imap: { host: imap.example.com, passwordFile: /p } }', 'intake.imap.user: it is missing'],
    ['{ imap: { host: imap.example.com, user: u } }', 'intake.imap.passwordFile: it is missing'],
    [
      '{ imap: { host: imap.example.com, user: u, passwordFile: /p, tokenCommand: [/t] } }',
      'intake.imap.passwordFile: given is tokenCommand as well',
    ],
    [
      '{ imap: { host: imap.example.com, user: u, passwordFile: /p, tls: none } }',
      'intake.imap.tls: given is "none"',
    ],
    [
      '{ imap: { host: localhost, user: u, passwordFile: /p, moveTo: Done } }',
      'intake.imap.readOnly: given is true',
    ],
  ])('refuses %s', (text, problem) => {
    const problems = problemsOf(text);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(problem);
  });

  it.each<[string, string]>([
    ['{ listen: { lmtp: ["0.0.0.0:24"] } }', 'intake.listen.lmtp'],
    ['{ domains: [example.com], listen: { post: "0.0.0.0:80" } }', 'intake.listen.post'],
    ['{ listen: { post: "127.0.0.1:80" } }', 'intake.domains'],
    ['{ dkim: { verify: false } }', 'intake.dkim.verify'],
    ['{ dkim: { keyService: any } }', 'intake.dkim.keyService'],
    ['{ listen: { admin: "0.0.0.0:9999" } }', 'intake.listen.admin'],
  ])('warns of %s', (text, key) => {
    const keys = findWarnings(load(text)).map((warning) => warning.key);
    expect(keys.filter((each) => each.startsWith('intake'))).toEqual([key]);
  });
});
