import { formatStsPolicy, matchMxTexts, parseMxPattern } from '@sekisho/spec';
import { describe, expect, it } from 'vitest';
import { detectPreset, findPreset, findTraps, patternsFor, PRESETS } from './index.ts';

const GOOD: Readonly<Record<string, readonly string[]>> = {
  cloudflare: [
    'route1.mx.cloudflare.net',
    'route2.mx.cloudflare.net',
    'route3.mx.cloudflare.net',
    'amir.mx.cloudflare.net',
  ],
  fastmail: ['in1-smtp.messagingengine.com', 'in2-smtp.messagingengine.com'],
  google: [
    'smtp.google.com',
    'aspmx.l.google.com',
    'alt1.aspmx.l.google.com',
    'alt4.aspmx.l.google.com',
  ],
  icloud: ['mx01.mail.icloud.com', 'mx02.mail.icloud.com'],
  microsoft: ['example-com.mail.protection.outlook.com'],
  'microsoft-dnssec': ['example-com.h-v1.mx.microsoft', 'example-com.x-v2.mx.microsoft'],
  migadu: ['aspmx1.migadu.com', 'aspmx2.migadu.com'],
  proton: ['mail.protonmail.ch', 'mailsec.protonmail.ch'],
  tuta: ['mail.tutanota.de'],
  zoho: ['mx.zoho.com', 'mx2.zoho.com', 'mx3.zoho.com'],
  'zoho-au': ['mx.zoho.com.au', 'mx3.zoho.com.au'],
  'zoho-eu': ['mx.zoho.eu', 'mx2.zoho.eu'],
  'zoho-in': ['mx.zoho.in', 'mx2.zoho.in'],
  'zoho-jp': ['mx.zoho.jp', 'mx2.zoho.jp'],
};

const BAD: Readonly<Record<string, readonly string[]>> = {
  cloudflare: ['mx.cloudflare.net', 'a.b.mx.cloudflare.net', 'mx.cloudflare.net.evil.test'],
  fastmail: ['smtp.messagingengine.com', 'in1-smtp.messagingengine.com.evil.test'],
  google: ['google.com', 'l.google.com', 'x.alt1.aspmx.l.google.com', 'aspmx2.googlemail.com'],
  icloud: ['mail.icloud.com', 'mx03.mail.icloud.com', 'mx01.mail.icloud.com.evil.test'],
  'microsoft-dnssec': [
    'mx.microsoft',
    'example-com.mx.microsoft',
    'a.example-com.h-v1.mx.microsoft',
    'example-com.h-v1.mx.microsoft.evil.test',
  ],
  migadu: ['migadu.com', 'x.aspmx1.migadu.com'],
  microsoft: [
    'mail.protection.outlook.com',
    'example-com.h-v1.mx.microsoft',
    'a.example-com.mail.protection.outlook.com',
    'example-com.mail.protection.outlook.com.evil.test',
    'live-com.olc.protection.outlook.com',
  ],
  proton: ['mail.protonmail.com', 'x.mail.protonmail.ch'],
  tuta: ['mail.tutanota.com', 'x.mail.tutanota.de'],
  zoho: ['mx.zoho.eu', 'zoho.com'],
  'zoho-au': ['mx.zoho.com'],
  'zoho-eu': ['mx.zoho.com'],
  'zoho-in': ['mx.zoho.com'],
  'zoho-jp': ['mx.zoho.com'],
};

it('every preset is here', () => {
  const names = PRESETS.map(({ name }) => name);
  expect(Object.keys(GOOD).toSorted()).toEqual(names);
  expect(Object.keys(BAD).toSorted()).toEqual(names);
  for (const name of names) expect(findPreset(name.toUpperCase())?.name).toBe(name);
  expect(findPreset('nobody')).toBeUndefined();
});

describe.each(PRESETS)('preset $name', (preset) => {
  const { name, patterns, source, checkedOn } = preset;

  it('STS-4.1-2: allows the real hosts of the provider', () => {
    const hosts = GOOD[name] ?? [];
    const missed = hosts.filter((host) => !matchMxTexts(patternsFor(preset, hosts), host));
    expect(missed).toEqual([]);
  });

  it('STS-4.1-2: allows nobody else', () => {
    const allowed = (BAD[name] ?? []).filter((host) => matchMxTexts(patterns, host));
    expect(allowed).toEqual([]);
  });

  it('makes a policy', () => {
    const mx = patterns.flatMap((text) => {
      const pattern = parseMxPattern(text, { strict: true });
      return pattern.ok ? [pattern.value] : [];
    });
    expect(mx).toEqual(patterns);
    const policy = { mode: 'testing', maxAgeSeconds: 604_800, mx, extensions: [] } as const;
    expect(formatStsPolicy(policy)).toContain(`mx: ${patterns[0]}\r\n`);
  });

  it('is dated and sourced', () => {
    expect(source).toMatch(/^https:\/\//);
    expect(checkedOn).toMatch(/^20\d\d-\d\d-\d\d$/);
    expect(Date.parse(checkedOn)).not.toBeNaN();
  });

  it('is recognised by the MX hosts', () => {
    for (const host of GOOD[name] ?? []) expect(detectPreset([host])?.name).toBe(name);
    expect(detectPreset(GOOD[name] ?? [])?.name).toBe(name);
  });
});

describe('detectPreset', () => {
  it.each([
    [[]],
    [['mx.a.test']],
    [['smtp.google.com', 'mx.a.test']],
    [['mx.zoho.com', 'mx.zoho.eu']],
  ])('recognises nobody in %j', (hosts) => expect(detectPreset(hosts)).toBeUndefined());
});

describe('patternsFor', () => {
  const preset = PRESETS.find(({ name }) => name === 'microsoft-dnssec');
  if (preset === undefined) throw new Error('no preset');

  it('takes an unknown label below mx.microsoft from the MX', () => {
    const hosts = ['a-test.x-v2.mx.microsoft', 'mx.b.test'];
    expect(patternsFor(preset, hosts)).toEqual([...preset.patterns, '*.x-v2.mx.microsoft']);
  });

  it('adds nothing to what is known', () => {
    expect(patternsFor(preset, ['a-test.h-v1.mx.microsoft'])).toEqual(preset.patterns);
    expect(patternsFor(preset, [])).toEqual(preset.patterns);
  });
});

describe('findTraps (RFC 8461 §4.1)', () => {
  it('STS-4.1-2: *.mx.microsoft and an MX two labels below it', () => {
    expect(findTraps(['*.mx.microsoft'], ['a-test.h-v1.mx.microsoft'])).toEqual([
      {
        code: 'wildcard-too-short',
        pattern: '*.mx.microsoft',
        message:
          'mx *.mx.microsoft allows one label before mx.microsoft only, not a-test.h-v1.mx.microsoft (RFC 8461 §4.1).',
        instead: '*.h-v1.mx.microsoft',
      },
    ]);
  });

  it('STS-4.1-2: the name of the service without an asterisk', () => {
    const mx = 'mail.protection.outlook.com';
    expect(findTraps([mx], [`a-test.${mx}`])).toMatchObject([
      { code: 'wildcard-missing', instead: `*.${mx}` },
    ]);
  });

  it.each([
    ['*.mx.microsoft', '*.LABEL.mx.microsoft, with LABEL from the MX record'],
    ['mail.protection.outlook.com', '*.mail.protection.outlook.com'],
    ['MX.Microsoft', '*.LABEL.mx.microsoft, with LABEL from the MX record'],
  ])('knows %s without any live MX', (pattern, instead) => {
    expect(findTraps([pattern], [])).toMatchObject([{ instead }]);
  });

  it('finds none in a preset', () => {
    expect(PRESETS.flatMap(({ patterns }) => findTraps(patterns, []))).toEqual([]);
  });

  it('also for hosts of no provider', () => {
    expect(findTraps(['*.a.test', 'b.test'], ['x.mx.a.test', 'mx.b.test'])).toMatchObject([
      { code: 'wildcard-too-short', instead: '*.mx.a.test' },
      { code: 'wildcard-missing', instead: '*.b.test' },
    ]);
  });

  it.each([
    [['*.mail.protection.outlook.com'], ['a-test.mail.protection.outlook.com']],
    [['*.h-v1.mx.microsoft', '*.mx.microsoft'], ['a-test.h-v1.mx.microsoft']],
    [['a.test', 'mx.a.test'], ['mx.a.test']],
    [['mx.a.test'], ['mx.b.test']],
    [['*.a.test'], []],
  ])('finds nothing wrong with %j for %j', (patterns, hosts) => {
    expect(findTraps(patterns, hosts)).toEqual([]);
  });
});
