import { type Domain, parseDomain, parseStsPolicy } from '@sekisho/spec';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PolicyAnswer } from '../discover/index.ts';
import {
  type AnswerForm,
  DEFAULT_ANSWER_SETTINGS as DEFAULTS,
  formatAnswer,
  formFor,
  formForMap,
  parsePostfixVersion,
} from './index.ts';

const domain = (text: string): Domain => {
  const parsed = parseDomain(text);
  if (!parsed.ok) throw new TypeError(`${text} is no domain`);
  return parsed.value;
};
const example = domain('example.com');

function policyAnswer(body: string, policyDomain = example): PolicyAnswer {
  const parsed = parseStsPolicy(body);
  if (!parsed.ok) throw new TypeError('no policy');
  return {
    kind: 'policy',
    policyDomain,
    policy: parsed.value,
    id: '1',
    body,
    fetchedAtMs: 0,
    expiresAtMs: 1,
  };
}

const enforce = policyAnswer(
  'version: STSv1\r\nmode: enforce\r\nmx: mail.example.com\r\nmx: *.example.net\r\nmax_age: 604800\r\n',
);
const testing = policyAnswer(
  'version: STSv1\nmode: testing\nmx: mail.example.com\nmax_age: 604800\n',
);
const none = policyAnswer('version: STSv1\nmode: none\nmax_age: 604800\n');

const PROTOCOLS = 'protocols=!SSLv2:!SSLv3:!TLSv1:!TLSv1.1';

const line = (answer: PolicyAnswer, form: AnswerForm, settings = DEFAULTS, nowMs = 0) =>
  formatAnswer(answer, form, settings, nowMs).line;

describe('formatAnswer (RFC 8461 §4, §5)', () => {
  it.each<[AnswerForm, string]>([
    ['bare', `OK secure match=mail.example.com:.example.net ${PROTOCOLS}`],
    [
      'servername',
      `OK secure match=mail.example.com:.example.net servername=hostname ${PROTOCOLS}`,
    ],
    [
      'sts-attributes',
      `OK secure match=mail.example.com:.example.net servername=hostname ${PROTOCOLS}` +
        ' policy_type=sts policy_domain=example.com' +
        ' mx_host_pattern=mail.example.com mx_host_pattern=*.example.net' +
        ' { policy_string = version: STSv1 } { policy_string = mode: enforce }' +
        ' { policy_string = mx: mail.example.com } { policy_string = mx: *.example.net }' +
        ' { policy_string = max_age: 604800 }',
    ],
  ])('STS-4-1, STS-4-2, STS-5-1: enforce in the form %s', (form, expected) => {
    expect(line(enforce, form)).toBe(expected);
  });

  it('STS-7.2-1: refuses TLS older than 1.2 in every form', () => {
    for (const form of ['bare', 'servername', 'sts-attributes'] as const)
      expect(line(enforce, form)).toContain(` ${PROTOCOLS}`);
  });

  it('STS-7.1-3: asks for SNI with the MX host name wherever Postfix can', () => {
    expect(line(enforce, 'servername')).toContain(' servername=hostname');
  });

  it.each<[string, PolicyAnswer]>([
    ['STS-5-2: testing', testing],
    ['STS-5-3: none', none],
  ])('%s demands nothing', (_, answer) => {
    for (const form of ['bare', 'servername', 'sts-attributes'] as const)
      expect(line(answer, form)).toBe('NOTFOUND ');
  });

  it('STS-5-2: testing can be made visible to TLSRPT at the operator’s own level', () => {
    const settings = { ...DEFAULTS, testing: 'report', defaultLevel: 'encrypt' } as const;
    expect(line(testing, 'sts-attributes', settings)).toBe(
      'OK encrypt servername=hostname policy_type=sts policy_domain=example.com mx_host_pattern=mail.example.com' +
        ' { policy_string = version: STSv1 } { policy_string = mode: testing }' +
        ' { policy_string = mx: mail.example.com } { policy_string = max_age: 604800 }',
    );
    expect(line(testing, 'servername', settings)).toBe('NOTFOUND ');
    expect(line(none, 'sts-attributes', settings)).toBe('NOTFOUND ');
  });

  it('STS-3.3-17: no policy is not found', () => {
    const answer = {
      kind: 'no-policy',
      policyDomain: example,
      because: 'fetch-failed',
      untilMs: 0,
    };
    expect(line(answer as PolicyAnswer, 'servername')).toBe('NOTFOUND ');
  });

  it.each(['hostname', 'nexthop', 'dot-nexthop'])(
    'STS-4-1: an MX called %s is not taken for the keyword',
    (name) => {
      const body = `version: STSv1\nmode: enforce\nmx: ${name}\nmax_age: 1\n`;
      expect(line(policyAnswer(body), 'bare')).toContain(`match=${name}.invalid `);
    },
  );

  it('names a pattern once', () => {
    const twice = policyAnswer(
      'version: STSv1\nmode: enforce\nmx: a.test\nmx: A.test\nmax_age: 1\n',
    );
    expect(line(twice, 'servername')).toBe(
      `OK secure match=a.test servername=hostname ${PROTOCOLS}`,
    );
  });

  it('a policy too long for one line loses its text first, then the attributes, never the match', () => {
    const body = (count: number, filler = ''): string =>
      `version: STSv1\nmode: enforce\nmax_age: 1\n${filler}${Array.from({ length: count }, (_, i) => `mx: ${'m'.repeat(30)}${i}.example.com\n`).join('')}`;
    const long = line(policyAnswer(body(800)), 'sts-attributes');
    expect(long.length).toBeLessThanOrEqual(95_000);
    expect(long.includes('mx_host_pattern=')).toBe(true);
    expect(long.includes('policy_string')).toBe(false);
    const longer = line(policyAnswer(body(1300)), 'sts-attributes');
    expect(longer.includes('mx_host_pattern=')).toBe(false);
    expect(longer.match(/\.com[: ]/g)?.length).toBe(1300);
  });

  it('property: remote text cannot add an attribute, a brace, a control or a line', () => {
    const value = fc
      .string({ unit: 'grapheme', maxLength: 60 })
      .map((text) => text.replace(/[\r\n]/g, ' ').trim());
    fc.assert(
      fc.property(value, (text) => {
        const body = `version: STSv1\nmode: enforce\nmx: a.test\nmax_age: 1\nx-note: } policy_type=sts { ${text}\n`;
        if (!parseStsPolicy(body).ok) return;
        const formatted = line(policyAnswer(body), 'sts-attributes');
        expect(formatted).toMatch(/^[\x20-\x7e]+$/);
        const outside = formatted.replace(/\{ policy_string = [^{}]* \}/g, '');
        expect(outside.trimEnd()).toBe(
          `OK secure match=a.test servername=hostname ${PROTOCOLS} policy_type=sts policy_domain=example.com mx_host_pattern=a.test`,
        );
      }),
    );
  });
});

describe('silence of the DNS (AMB-08)', () => {
  const silent = (because: 'timeout' | 'servfail' | 'deadline'): PolicyAnswer => ({
    kind: 'uncertain',
    policyDomain: example,
    because,
    sinceMs: 0,
  });
  const wish = (servfail: 'temp' | 'notfound', timeout: 'temp' | 'notfound') => ({
    ...DEFAULTS,
    uncertainty: { servfail, timeout, tempSeconds: 600 },
  });

  it.each(['timeout', 'servfail', 'deadline'] as const)('%s is not found by default', (because) => {
    expect(line(silent(because), 'servername')).toBe('NOTFOUND ');
  });

  it.each([
    ['servfail', wish('temp', 'notfound'), /^TEMP .*example\.com.*servfail/],
    ['timeout', wish('temp', 'notfound'), /^NOTFOUND $/],
    ['timeout', wish('notfound', 'temp'), /^TEMP /],
    ['deadline', wish('notfound', 'temp'), /^TEMP /],
    ['servfail', wish('notfound', 'temp'), /^NOTFOUND $/],
  ] as const)('%s can be made TEMP by itself', (because, settings, expected) => {
    expect(line(silent(because), 'servername', settings)).toMatch(expected);
  });

  it('is TEMP never longer than the bound', () => {
    expect(line(silent('timeout'), 'bare', wish('temp', 'temp'), 599_999)).toMatch(/^TEMP /);
    expect(line(silent('timeout'), 'bare', wish('temp', 'temp'), 600_000)).toBe('NOTFOUND ');
  });
});

describe('forms by version', () => {
  it.each([
    ['3.3', 'bare'],
    ['2.11.3', 'bare'],
    ['3.4', 'servername'],
    ['3.9.1', 'servername'],
    ['3.10', 'sts-attributes'],
    ['3.11-20250101', 'sts-attributes'],
    ['4.0', 'sts-attributes'],
  ] as const)('Postfix %s understands %s', (text, form) => {
    const version = parsePostfixVersion(text);
    expect(version && formFor(version)).toBe(form);
  });

  it.each(['', '3', 'x', '3.x', '3.10 ', '-3.4', '3.4;'])('%j is no version', (text) => {
    expect(parsePostfixVersion(text)).toBeUndefined();
  });

  it('the map sts-tlsrpt has every attribute, any other what the version allows', () => {
    const old = { major: 3, minor: 3 };
    expect(formForMap('sts-tlsrpt', old)).toBe('sts-attributes');
    expect(formForMap('STS-TLSRPT', old)).toBe('sts-attributes');
    expect(formForMap('sts', old)).toBe('bare');
    expect(formForMap('postfix', old)).toBe('bare');
  });
});
