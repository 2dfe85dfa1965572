import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { ConfigError, loadSettings, type Settings } from './index.ts';

const directory = mkdtempSync(join(tmpdir(), 'sekisho-config-'));
const file = join(directory, 'sekisho.yaml');
/** The machine may be busy. */
const PATIENCE_MS = 60_000;
const HOME = { HOME: '/h' };

afterAll(() => rmSync(directory, { recursive: true }));

function load(text: string, environment: Record<string, string> = {}): Settings {
  writeFileSync(file, text);
  return loadSettings({ configFile: file, environment: { ...HOME, ...environment } }).settings;
}

/** Every problem as `where: message`. */
function problemsOf(text: string, environment: Record<string, string> = {}): string[] {
  try {
    load(text, environment);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ where, message }) => `${where}: ${message}`);
  }
  return [];
}

const ADDRESSES = '"host:port", "[IPv6]:port" or "unix:/absolute/path"';
const TOP =
  'allowed here: stateDirectory, listen, postfix, dns, https, policies, publish, report, intake, alerts, log';
const LIST = `allowed is a list of ${ADDRESSES}`;

describe('loadSettings', () => {
  it.each([
    [
      'dns: { timeoutMS: 5 }',
      'dns.timeoutMS (line 1): there is no such setting; did you mean dns.timeoutMs?',
    ],
    ['polices: {}', 'polices (line 1): there is no such setting; did you mean policies?'],
    ['timeoutMs: 5', 'timeoutMs (line 1): there is no such setting; did you mean dns.timeoutMs?'],
    ['xyzzy: 5', `xyzzy (line 1): there is no such setting; ${TOP}`],
    [
      'dns: { xyzzy: 5 }',
      'dns.xyzzy (line 1): there is no such setting; allowed here: servers, resolvConf, timeoutMs, tries, deadlineMs',
    ],
    [
      '"x\\u202ey\\nz\\e[31m": 5',
      `x\\u{202e}y\\nz\\x1b[31m (line 1): there is no such setting; ${TOP}`,
    ],
    [
      'listen:\n  admin: "\\u202eoff\\e"',
      `listen.admin (line 2): given is "\\u{202e}off\\u001b"; the port is missing; allowed is "off", ${ADDRESSES}`,
    ],
    [
      'listen:\n  socketmap: ["127.0.0.1:1", "unix:/a", "127.0.0.1:1"]',
      'listen.socketmap: given is "127.0.0.1:1", which listen.socketmap has already; allowed is each address once',
    ],
    [
      'listen: { admin: "127.0.0.1:8461" }',
      'listen.admin: given is "127.0.0.1:8461", which listen.socketmap has already; allowed is each address once',
    ],
    ['a: 1\n---\nb: 2', 'line 2, column 1: a second YAML document begins here; allowed is one'],
    ['"__proto__": 5', `__proto__ (line 1): there is no such setting; ${TOP}`],
    ['dns: 7', 'dns (line 1): given is 7; allowed is a group of settings'],
    ['- a', 'line 1: given is no mapping, allowed is "key: value"'],
    ['just text', 'line 1: given is no mapping, allowed is "key: value"'],
    [
      'dns:\n  tries: many',
      'dns.tries (line 2): given is "many"; allowed is a whole number from 1 to 10 (tries)',
    ],
    [
      'dns:\n  tries: 0x10',
      'dns.tries (line 2): given is 0x10; allowed is a whole number from 1 to 10 (tries)',
    ],
    [
      'dns:\n  deadlineMs: 90000',
      'dns.deadlineMs (line 2): given is 90000; allowed is a whole number from 50 to 60000 (milliseconds)',
    ],
    [
      'https:\n  deadlineMs: 1.5',
      'https.deadlineMs (line 2): given is 1.5; allowed is a whole number from 1 to 60000 (milliseconds)',
    ],
    [
      'https:\n  requireTextPlain: yes',
      'https.requireTextPlain (line 2): given is "yes"; allowed is true or false',
    ],
    [
      'postfix:\n  testing: on',
      'postfix.testing (line 2): given is "on"; allowed is "nothing" or "report"',
    ],
    [
      'log: { level: trace }',
      'log.level (line 1): given is "trace"; allowed is "debug", "info", "warn" or "error"',
    ],
    [
      'postfix:\n  version: 3.10',
      'postfix.version (line 2): given is 3.10; without quotes it is the number 3.1; allowed is a version in quotes, such as "3.7" or "3.10"',
    ],
    [
      'postfix:\n  version: "3"',
      'postfix.version (line 2): given is "3"; it is no Postfix version; allowed is a version in quotes, such as "3.7" or "3.10"',
    ],
    [
      'listen:\n  socketMode: 0666',
      'listen.socketMode (line 2): given is 0666; without quotes it is the number 666; allowed is an octal mode in quotes, such as "0660"',
    ],
    [
      'listen:\n  socketMode: "0888"',
      'listen.socketMode (line 2): given is "0888"; it is no octal mode; allowed is an octal mode in quotes, such as "0660"',
    ],
    [
      'listen:\n  socketmap: [localhost]',
      `listen.socketmap.0 (line 2): given is "localhost"; the port is missing; ${LIST}`,
    ],
    [
      'listen:\n  socketmap:\n    - 127.0.0.1:1\n    - 127.0.0.1:70000',
      `listen.socketmap.1 (line 4): given is "127.0.0.1:70000"; the port is 70000, at most 65535 is possible; ${LIST}`,
    ],
    [
      'listen:\n  socketmap: "::1:8461"',
      `listen.socketmap.0 (line 2): given is "::1:8461"; an IPv6 address needs brackets; ${LIST}`,
    ],
    [
      'listen:\n  socketmap: "unix:sekisho.sock"',
      `listen.socketmap.0 (line 2): given is "unix:sekisho.sock"; the path of the Unix socket is not absolute; ${LIST}`,
    ],
    [
      'listen:\n  admin: "300.0.0.1:80"',
      `listen.admin (line 2): given is "300.0.0.1:80"; the host is no IPv4 address; allowed is "off", ${ADDRESSES}`,
    ],
    [
      'dns:\n  servers: [dns.example.com]',
      'dns.servers.0 (line 2): given is "dns.example.com"; it is no IP address with an optional port; allowed is a list of IP addresses, each with or without a port ("[IPv6]:port")',
    ],
    [
      'https:\n  allowedAddresses: [10.0.0.0/33]',
      'https.allowedAddresses.0 (line 2): given is "10.0.0.0/33"; the number after the slash is not between 0 and 32; allowed is a list of address ranges such as "10.0.0.0/8", or "any"',
    ],
    [
      'https:\n  proxy: socks://user:secret@proxy:1080',
      'https.proxy (line 2): given is "socks://***@proxy:1080"; the scheme is not "http"; allowed is "off", or a URL such as "http://proxy.example.com:3128"',
    ],
    [
      'https:\n  caFile: ca.pem',
      'https.caFile (line 2): given is "ca.pem"; the path is not absolute; allowed is an absolute path',
    ],
    [
      'https:\n  caFile: /nowhere/ca.pem',
      'https.caFile: given is "/nowhere/ca.pem"; the file cannot be read: ENOENT: no such file or directory, open \'/nowhere/ca.pem\'',
    ],
    [
      `https:\n  caFile: ${file}`,
      `https.caFile: given is ${JSON.stringify(file)}; the file holds no PEM certificate`,
    ],
    [
      'stateDirectory: ./state',
      'stateDirectory (line 1): given is "./state"; the path is not absolute; allowed is an absolute path',
    ],
    [
      'policies: { negativeMinSeconds: 7200 }',
      'policies.negativeMinSeconds: given is 7200, allowed is at most policies.negativeMaxSeconds, which is 3600',
    ],
    [
      'dns: [1',
      'line 1, column 8: Flow sequence in block collection must be sufficiently indented and end with a ]',
    ],
    ['dns:\n  tries: 1\n  tries: 2', 'line 3, column 3: Map keys must be unique'],
    ['dns:\n\ttries: 1', 'line 2, column 1: Tabs are not allowed as indentation'],
  ])('%j is refused with key, line, what is given and what is allowed', (text, problem) => {
    expect(problemsOf(text)).toContain(problem);
  });

  it.each([
    [
      { SEKISHO_DNS_TIMEOUT: '5' },
      'SEKISHO_DNS_TIMEOUT: there is no such setting; did you mean SEKISHO_DNS_TIMEOUT_MS?',
    ],
    [{ SEKISHO_X: '5' }, 'SEKISHO_X: there is no such setting'],
    [
      { SEKISHO_DNS_TRIES: '1e1' },
      'SEKISHO_DNS_TRIES: given is "1e1"; allowed is a whole number from 1 to 10 (tries)',
    ],
    [
      { SEKISHO_POSTFIX_SMART_HOSTS: 'yes' },
      'SEKISHO_POSTFIX_SMART_HOSTS: given is "yes"; allowed is true or false',
    ],
    [
      { SEKISHO_LISTEN_SOCKETMAP: '127.0.0.1:1, localhost' },
      `SEKISHO_LISTEN_SOCKETMAP: given is "localhost"; the port is missing; ${LIST}`,
    ],
    [
      { HTTPS_PROXY: 'https://u:secret@proxy' },
      'HTTPS_PROXY: given is "https://***@proxy"; the scheme is not "http"; allowed is "off", or a URL such as "http://proxy.example.com:3128"',
    ],
  ])('%j is refused with the name of the variable', (environment, problem) => {
    expect(problemsOf('', environment)).toEqual([problem]);
  });

  it('tells every problem at once, of file and environment', () => {
    const problems = problemsOf('dns: { tries: 0 }\nlog: { level: x }\nz: 1', {
      SEKISHO_HTTPS_PORT: '0',
      SEKISHO_NOPE: '',
    });
    expect(problems).toHaveLength(5);
  });

  it('has a message that can be printed as it is', () => {
    writeFileSync(file, 'a: 1\nb: 2\n');
    expect(() => loadSettings({ configFile: file, environment: HOME })).toThrow(
      `The configuration has 2 problems (${file}):\n  a (line 1): there is no such setting; ${TOP}\n  b (line 2): there is no such setting; ${TOP}`,
    );
  });

  it('says when the file cannot be read', () => {
    expect(() => loadSettings({ configFile: '/nowhere/x.yaml', environment: HOME })).toThrow(
      '/nowhere/x.yaml: the file cannot be read: ENOENT',
    );
    writeFileSync(file, Buffer.from([0xff, 0xfe]));
    expect(() => loadSettings({ configFile: file, environment: HOME })).toThrow('it is not UTF-8');
  });

  it('tells a number that is beyond every limit once', () => {
    expect(problemsOf('dns: { tries: 99999999999999999999 }')).toHaveLength(1);
  });

  it.each(['', '---', '# nothing\n---\n'])('has a default for everything: %j', (text) => {
    expect(load(text)).toMatchObject({
      stateDirectory: '/h/.local/state/sekisho',
      listen: {
        socketmap: [{ kind: 'tcp', host: '127.0.0.1', port: 8461 }],
        socketMode: 0o666,
        admin: { kind: 'tcp', host: '127.0.0.1', port: 8462 },
      },
      postfix: { version: '3.4', testing: 'nothing', defaultLevel: 'may', smartHosts: true },
      dns: { servers: [], timeoutMs: 1500, tries: 2, deadlineMs: 8000 },
      https: { deadlineMs: 10_000, port: 443, allowedAddresses: [], maxConcurrent: 64 },
      policies: { recheckSeconds: 300, refreshSeconds: 86_400, holdBackSeconds: 300 },
      log: { level: 'info', format: 'auto' },
    });
  });

  it('lets the environment win over the file, and the file over the default', () => {
    const settings = load('dns: { tries: 3, timeoutMs: 100 }\nlog: { level: debug }', {
      SEKISHO_DNS_TRIES: '4',
      SEKISHO_LISTEN_SOCKETMAP: 'unix:/run/a, [::1]:1',
      SEKISHO_LOG_LEVEL: '',
    });
    expect(settings.dns).toMatchObject({ tries: 4, timeoutMs: 100, deadlineMs: 8000 });
    expect(settings.log.level).toBe('debug');
    expect(settings.listen.socketmap).toEqual([
      { kind: 'unix', path: '/run/a' },
      { kind: 'tcp', host: '::1', port: 1 },
    ]);
  });

  it('takes a key without value as left out, and text as a list of one', () => {
    const settings = load(
      'dns:\nhttps:\n  caFile:\n  allowedAddresses: any\nlisten: { socketmap: "a.example:1" }',
    );
    expect(settings.https).toMatchObject({ allowedAddresses: ['any'] });
    expect(settings.https.caFile).toBeUndefined();
    expect(settings.listen.socketmap).toEqual([{ kind: 'tcp', host: 'a.example', port: 1 }]);
  });

  it.each([
    [{ STATE_DIRECTORY: '/var/lib/sekisho:/var/lib/other' }, '/var/lib/sekisho'],
    [{ XDG_STATE_HOME: '/x' }, '/x/sekisho'],
    [{ STATE_DIRECTORY: '/s', SEKISHO_STATE_DIRECTORY: '/t' }, '/t'],
  ])('finds the state directory with %j', (environment, expected) => {
    expect(load('', environment).stateDirectory).toBe(expected);
  });

  it('takes the proxy of the environment unless one is set', () => {
    const environment = { https_proxy: 'http://proxy:3128', NO_PROXY: 'a.example, .b.example' };
    expect(load('', environment).https).toMatchObject({
      proxy: 'http://proxy:3128',
      noProxy: ['a.example', '.b.example'],
    });
    expect(load('https: { proxy: off }', environment).https.proxy).toBe('off');
  });

  it('leaves variables of others alone', () => {
    expect(problemsOf('', { SEKISHO_E2E_ROOT: '1', SEKISHO_TEST: '1', XSEKISHO_A: '1' })).toEqual(
      [],
    );
  });

  it('finds the file by SEKISHO_CONFIG', () => {
    writeFileSync(file, 'dns: { tries: 7 }');
    const loaded = loadSettings({ environment: { ...HOME, SEKISHO_CONFIG: file } });
    expect(loaded).toMatchObject({ file, settings: { dns: { tries: 7 } } });
  });

  it(
    'either gives settings or a ConfigError, whatever the file holds',
    () => {
      const key = fc.constantFrom(
        'dns',
        'https',
        'listen',
        'policies',
        'tries',
        'servers',
        'proxy',
      );
      const value = fc.oneof(
        fc.jsonValue({ maxDepth: 1 }),
        fc.string({ unit: 'binary', maxLength: 20 }),
      );
      const tree = fc.dictionary(key, fc.oneof(value, fc.dictionary(key, value, { maxKeys: 3 })), {
        maxKeys: 4,
      });
      fc.assert(
        fc.property(tree, (values) => {
          expect(Array.isArray(problemsOf(stringify(values)))).toBe(true);
        }),
        { numRuns: 100 },
      );
    },
    PATIENCE_MS,
  );

  it(
    'either gives settings or a ConfigError, whatever text the file is',
    () => {
      const piece = fc.constantFrom(
        'dns:',
        ' ',
        '\n',
        '- ',
        '&a',
        '*a',
        '{',
        ']',
        '"',
        '<<: ',
        '!!x ',
        'a',
      );
      fc.assert(
        fc.property(fc.array(piece, { maxLength: 15 }), (pieces) => {
          expect(Array.isArray(problemsOf(pieces.join('')))).toBe(true);
        }),
        { numRuns: 100 },
      );
    },
    PATIENCE_MS,
  );
});
