import { type Domain, parseDomain } from '@sekisho/spec';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFakeResolver, fakeAnswer, fakeFailure } from '../../io/dns/index.ts';
import { createFakeZone } from '../../io/dns-update/index.ts';
import {
  compareRecords,
  type Delegation,
  findAnnounceName,
  findDelegationFault,
  formatZoneLines,
  issuersOf,
  type RecordSettings,
  recordsFor,
  toFormRows,
  type WantedRecord,
} from './index.ts';

function domainOf(text: string): Domain {
  const parsed = parseDomain(text);
  if (!parsed.ok) throw new Error(text);
  return parsed.value;
}

const DOMAIN = domainOf('example.test');
const TXT = '_mta-sts.example.test';
const HOST = 'mta-sts.example.test';
const TARGET = 'example.test._mta-sts.provider.test';
const DELEGATION: Delegation = {
  signalling: '{domain}._mta-sts.provider.test',
  host: 'mta-sts.provider.test',
};
const FULL: RecordSettings = {
  target: { addresses: ['192.0.2.1', '2001:db8::1'] },
  reportTo: ['mailto:tls@example.test'],
  issuers: ['letsencrypt.org'],
};

describe('recordsFor', () => {
  it('STS-3.1-1, RPT-3-1: gives every record that a domain needs', () => {
    const brief = recordsFor(DOMAIN, FULL, 'abc').map(({ name, type, value }) => [
      name,
      type,
      value,
    ]);
    expect(brief).toEqual([
      [TXT, 'TXT', 'v=STSv1; id=abc;'],
      [HOST, 'A', '192.0.2.1'],
      [HOST, 'AAAA', '2001:db8::1'],
      ['_smtp._tls.example.test', 'TXT', 'v=TLSRPTv1; rua=mailto:tls@example.test;'],
      ['example.test', 'CAA', '0 issue "letsencrypt.org"'],
    ]);
  });

  it('STS-8.1-3: gives no TXT record before there is a policy', () => {
    expect(recordsFor(DOMAIN, {}, undefined)).toEqual([]);
  });

  it('the policy host may be a CNAME', () => {
    expect(recordsFor(DOMAIN, { target: { name: 'www.example.net' } }, undefined)).toMatchObject([
      { name: HOST, type: 'CNAME', value: 'www.example.net', ttlSeconds: 300 },
    ]);
  });

  it('STS-8.2-1, STS-8.2-2: a delegated domain keeps two CNAMEs, we keep the TXT record', () => {
    const records = recordsFor(DOMAIN, { ...FULL, delegation: DELEGATION, ttlSeconds: 60 }, 'abc');
    expect(records.slice(0, 3)).toEqual([
      {
        purpose: 'signalling',
        name: TXT,
        type: 'CNAME',
        value: TARGET,
        ttlSeconds: 60,
        keeper: 'domain',
      },
      {
        purpose: 'signalling',
        name: TARGET,
        type: 'TXT',
        value: 'v=STSv1; id=abc;',
        ttlSeconds: 60,
        keeper: 'us',
      },
      {
        purpose: 'host',
        name: HOST,
        type: 'CNAME',
        value: 'mta-sts.provider.test',
        ttlSeconds: 60,
        keeper: 'domain',
      },
    ]);
    expect(records.map(({ type }) => type)).not.toContain('A');
  });
});

describe('findDelegationFault (RFC 8461 §8.2)', () => {
  it.each<[Delegation, string | undefined]>([
    [DELEGATION, undefined],
    [{ ...DELEGATION, host: '{domain}.sts.provider.test' }, undefined],
    [{ ...DELEGATION, signalling: '_mta-sts.provider.test' }, 'must hold {domain}'],
    [{ ...DELEGATION, signalling: '{domain} x.provider.test' }, 'must be a domain name'],
    [{ ...DELEGATION, host: 'https://provider.test/' }, 'host: is'],
  ])('%j: %s', (delegation, fault) => {
    if (fault === undefined) expect(findDelegationFault(delegation)).toBeUndefined();
    else expect(findDelegationFault(delegation)).toContain(fault);
  });
});

describe('findAnnounceName', () => {
  const place = (
    zones: Parameters<typeof createFakeResolver>[0],
    options: { delegation?: Delegation; zones?: readonly string[] } = {},
  ) => findAnnounceName(DOMAIN, { resolver: createFakeResolver(zones), ...options });
  const alias = (...cnames: readonly string[]) => ({
    [`txt ${TXT}`]: fakeAnswer<string>([], { rcode: 'NXDOMAIN', cnames }),
  });

  it.each([
    ['without a CNAME', {}, {}, TXT],
    [
      'without a CNAME, in a zone of ours',
      {},
      { zones: ['Example.test'], delegation: DELEGATION },
      TXT,
    ],
    ['with a CNAME, no zones said', alias('a.test', 'b.test'), {}, 'b.test'],
    [
      'with a CNAME into a zone of ours',
      alias('a.provider.test'),
      { zones: ['provider.test'] },
      'a.provider.test',
    ],
    ['delegated', alias(TARGET), { delegation: DELEGATION }, TARGET],
  ])('%s', async (_case, zones, options, name) => {
    expect(await place(zones, options)).toEqual({ kind: 'name', name });
  });

  it.each([
    ['not delegated yet', {}, { delegation: DELEGATION }, 'cname-missing'],
    ['delegated elsewhere', alias('x.other.test'), { delegation: DELEGATION }, 'not-our-zone'],
    ['in a foreign zone', {}, { zones: ['provider.test'] }, 'not-our-zone'],
    [
      'a zone of similar name',
      alias('a.notprovider.test'),
      { zones: ['provider.test'] },
      'not-our-zone',
    ],
    ['the DNS fails', { [`txt ${TXT}`]: fakeFailure('timeout') }, {}, 'dns-failed'],
  ])('%s: no name', async (_case, zones, options, code) => {
    expect(await place(zones, options)).toMatchObject({ kind: 'failure', code });
  });

  it('tells the owner of the domain what to enter', async () => {
    expect(JSON.stringify(await place({}, { delegation: DELEGATION }))).toContain(
      `${TXT}. CNAME ${TARGET}.`,
    );
    const foreign = alias('\u001b[31m.other.test');
    expect(JSON.stringify(await place(foreign, { delegation: DELEGATION }))).not.toContain(
      '\\u001b',
    );
  });
});

describe('compareRecords', () => {
  const compare = async (
    settings: RecordSettings,
    zones: Parameters<typeof createFakeResolver>[0],
    id?: string,
  ) => {
    const resolver = createFakeResolver(zones);
    const found = await compareRecords(recordsFor(DOMAIN, settings, id), { resolver });
    return found.map(({ finding }) => finding);
  };
  const kindOf = async (...args: Parameters<typeof compare>) =>
    (await compare(...args)).map(({ kind }) => kind);

  it.each([
    [['v=STSv1; id=abc;'], 'right'],
    [['v=STSv1; id=abc; x=y', 'v=spf1 -all'], 'right'],
    [['v=STSv1; id=ABC;'], 'different'],
    [['v=STSv1; id=abc;', 'v=STSv1; id=abc;'], 'different'],
    [['v=STSv1; id=a-c;'], 'different'],
    [['v=spf1 -all'], 'missing'],
    [[], 'missing'],
  ])('STS-3.1-14: %j at _mta-sts: %s', async (texts, kind) => {
    expect(await kindOf({}, { [`txt ${TXT}`]: fakeAnswer(texts) }, 'abc')).toEqual([kind]);
  });

  it('asks the authorities for the signalling record, every one of them', async () => {
    const zone = createFakeZone();
    const [wanted] = recordsFor(DOMAIN, {}, 'abc');
    const judge = async () => {
      const records = wanted === undefined ? [] : [wanted];
      const [found] = await compareRecords(records, zone);
      return found?.finding;
    };
    expect(await judge()).toEqual({ kind: 'missing' });
    zone.setTxt(TXT, ['v=STSv1; id=old;']);
    zone.lag('192.0.2.53');
    zone.setTxt(TXT, ['v=STSv1; id=abc;']);
    expect(await judge()).toMatchObject({ kind: 'different', found: ['v=STSv1; id=old;'] });
    zone.catchUp('192.0.2.53');
    expect(await judge()).toMatchObject({ kind: 'right', note: expect.stringContaining('2') });
    zone.failServer('192.0.2.53', 'timeout');
    expect(await judge()).toMatchObject({ kind: 'unknown' });
    zone.hide(true);
    expect(await judge()).toMatchObject({ kind: 'unknown' });
  });

  it.each([
    [['v=TLSRPTv1; rua=mailto:tls@example.test'], 'right'],
    [['v=TLSRPTv1;rua=mailto:x@y.test,mailto:tls@example.test;'], 'right'],
    [['v=TLSRPTv1; rua=mailto:x@y.test'], 'different'],
    [['v=TLSRPTv1; rua=mailto:tls@example.test', 'v=TLSRPTv1; rua=mailto:x@y.test'], 'different'],
    [['v=TLSRPTv1;'], 'different'],
    [['other'], 'missing'],
  ])('RPT-3-20: %j at _smtp._tls: %s', async (texts, kind) => {
    const settings = { reportTo: ['mailto:tls@example.test'] };
    expect(await kindOf(settings, { 'txt _smtp._tls.example.test': fakeAnswer(texts) })).toEqual([
      kind,
    ]);
  });

  it.each([
    [['192.0.2.1'], ['2001:DB8:0::1'], ['right', 'right']],
    [['192.0.2.1'], [], ['right', 'missing']],
    [['192.0.2.1', '192.0.2.9'], ['2001:db8::1'], ['different', 'right']],
    [['192.0.2.9'], [], ['different', 'missing']],
    [[], [], ['missing', 'missing']],
  ])('addresses %j and %j: %j', async (a, aaaa, kinds) => {
    const { target } = FULL;
    const zones = { [`a ${HOST}`]: fakeAnswer(a), [`aaaa ${HOST}`]: fakeAnswer(aaaa) };
    expect(await kindOf(target === undefined ? {} : { target }, zones)).toEqual(kinds);
  });

  it('an address of a family that is not wanted is another host', async () => {
    const zones = {
      [`a ${HOST}`]: fakeAnswer(['192.0.2.1']),
      [`aaaa ${HOST}`]: fakeAnswer(['2001:db8::9']),
    };
    expect(await compare({ target: { addresses: ['192.0.2.1'] } }, zones)).toEqual([
      { kind: 'different', found: ['2001:db8::9'], note: 'other addresses stand beside it' },
    ]);
  });

  it('addresses that a CNAME leads to are right', async () => {
    const zones = { [`a ${HOST}`]: fakeAnswer(['192.0.2.1'], { cnames: ['w.test'] }) };
    expect(await compare({ target: { addresses: ['192.0.2.1'] } }, zones)).toEqual([
      { kind: 'right', note: 'by a CNAME to w.test' },
    ]);
  });

  describe('STS-8.2-1, STS-8.2-2: the two CNAMEs of a delegation', () => {
    const settings = { delegation: DELEGATION };
    const via = (cname: string) => fakeAnswer<string>([], { cnames: [cname] });

    it.each([
      ['are there', via(TARGET), via('mta-sts.provider.test'), ['right', 'right']],
      ['lead elsewhere', via('x.test'), via('y.test'), ['different', 'different']],
      ['are missing', fakeAnswer<string>([]), fakeAnswer<string>([]), ['missing', 'missing']],
      [
        'are replaced by records',
        fakeAnswer(['v=STSv1; id=1;']),
        fakeAnswer(['192.0.2.9']),
        ['different', 'different'],
      ],
      [
        'cannot be looked up',
        fakeFailure('servfail'),
        fakeFailure('timeout'),
        ['unknown', 'unknown'],
      ],
    ])('%s', async (_case, txt, a, kinds) => {
      expect(await kindOf(settings, { [`txt ${TXT}`]: txt, [`a ${HOST}`]: a })).toEqual(kinds);
    });

    it('one forgotten shows: _mta-sts is delegated, mta-sts is not', async () => {
      expect(await kindOf(settings, { [`txt ${TXT}`]: via(TARGET) })).toEqual(['right', 'missing']);
    });

    it('the addresses of the target in place of its CNAME are right', async () => {
      const zones = {
        [`txt ${TXT}`]: via(TARGET),
        [`a ${HOST}`]: fakeAnswer(['192.0.2.1']),
        'a mta-sts.provider.test': fakeAnswer(['192.0.2.1']),
      };
      expect(await kindOf(settings, zones)).toEqual(['right', 'right']);
    });
  });

  describe('CAA (RFC 8659)', () => {
    const settings = { issuers: ['letsencrypt.org'] };
    const caa = (...values: readonly string[]) =>
      fakeAnswer(values.map((value) => ({ isCritical: false, tag: 'issue', value })));

    it.each([
      ['none', {}, 'right'],
      ['ours', { 'caa example.test': caa('LetsEncrypt.org; validationmethods=http-01') }, 'right'],
      ['among others', { 'caa example.test': caa('other.test', 'letsencrypt.org') }, 'right'],
      ['another', { 'caa example.test': caa('other.test') }, 'different'],
      ['nobody', { 'caa example.test': caa(';') }, 'different'],
      [
        'the closest counts',
        { 'caa example.test': caa('letsencrypt.org'), [`caa ${HOST}`]: caa('other.test') },
        'different',
      ],
      [
        'only iodef',
        {
          'caa example.test': fakeAnswer([
            { isCritical: false, tag: 'iodef', value: 'mailto:x@y' },
          ]),
        },
        'right',
      ],
      ['no answer', { 'caa example.test': fakeFailure('servfail') }, 'unknown'],
    ])('%s', async (_case, zones, kind) => {
      expect(await kindOf(settings, zones)).toEqual([kind]);
    });
  });

  it('what stands there is escaped', async () => {
    const zones = { [`txt ${TXT}`]: fakeAnswer(['v=STSv1; id=\u001b[31m;']) };
    expect(JSON.stringify(await compare({}, zones, 'abc'))).not.toContain('\\u001b');
  });
});

describe('renderers', () => {
  const txt = (value: string): WantedRecord => ({
    purpose: 'reports',
    name: 'a.example.test',
    type: 'TXT',
    value,
    ttlSeconds: 300,
    keeper: 'domain',
  });

  it('zone-file lines have absolute names', () => {
    expect(formatZoneLines(recordsFor(DOMAIN, { ...FULL, delegation: DELEGATION }, 'abc'))).toEqual(
      [
        '_mta-sts.example.test.               300 IN CNAME example.test._mta-sts.provider.test.',
        'example.test._mta-sts.provider.test. 300 IN TXT "v=STSv1; id=abc;"',
        'mta-sts.example.test.                300 IN CNAME mta-sts.provider.test.',
        '_smtp._tls.example.test.             300 IN TXT "v=TLSRPTv1; rua=mailto:tls@example.test;"',
        'example.test.                        300 IN CAA 0 issue "letsencrypt.org"',
      ],
    );
    expect(formatZoneLines([])).toEqual([]);
  });

  it('strings have at most 255 octets; quotes, backslashes and controls are escaped', () => {
    const [long = ''] = formatZoneLines([txt('x'.repeat(600))]);
    expect(
      long
        .split(' TXT ')[1]
        ?.split(' ')
        .map(({ length }) => length),
    ).toEqual([257, 257, 92]);
    expect(formatZoneLines([txt('a"b\\c\n\u00e9')])[0]).toContain(' TXT "a\\"b\\\\c\\010\\233"');
    expect(formatZoneLines([txt('')])[0]).toContain(' TXT ""');
  });

  it('a zone-file string reads back as the text', () => {
    const octets = fc.string({
      unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
      maxLength: 700,
    });
    fc.assert(
      fc.property(octets, (text) => {
        const [line = ''] = formatZoneLines([txt(text)]);
        expect(line).toMatch(/^[\x20-\x7e]*$/);
        const strings = [...line.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, part = '']) =>
          part.replaceAll(/\\(\d{3}|.)/g, (_all, escape: string) =>
            escape.length === 3 ? String.fromCharCode(Number(escape)) : escape,
          ),
        );
        expect(strings.join('')).toBe(text);
        expect(Math.max(...strings.map(({ length }) => length))).toBeLessThanOrEqual(255);
      }),
    );
  });

  it('rows of a form are relative to the zone', () => {
    const records = recordsFor(DOMAIN, { ...FULL, delegation: DELEGATION }, 'abc');
    expect(toFormRows(records, 'example.test').map(({ host, value }) => [host, value])).toEqual([
      ['_mta-sts', TARGET],
      [TARGET, 'v=STSv1; id=abc;'],
      ['mta-sts', 'mta-sts.provider.test'],
      ['_smtp._tls', 'v=TLSRPTv1; rua=mailto:tls@example.test;'],
      ['@', '0 issue "letsencrypt.org"'],
    ]);
    expect(toFormRows(records, 'test')[0]?.host).toBe('_mta-sts.example');
  });

  it.each([
    ['https://acme-v02.api.letsencrypt.org/directory', ['letsencrypt.org']],
    ['https://acme.example.test/dir', []],
    ['off', []],
  ])('issuersOf(%s)', (url, issuers) => expect(issuersOf(url)).toEqual(issuers));
});
