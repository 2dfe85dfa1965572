import { aggregateSessions, formatTlsReport, RESULT_TYPES } from '@sekisho/spec';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DATAGRAM_LIMITS } from './datagram-sessions.ts';
import { parseTlsrptDatagram } from './parse-tlsrpt-datagram.ts';

const STS =
  '{"dpv": "1","d": "example.com","pr": "v=TLSRPTv1; rua=mailto:tlsrpt@example.com","policies":[{"policy-type":2,"policy-domain": "example.com","policy-string":["version: STSv1","mode: enforce","mx: mail.example.com","max_age: 604800"],"mx-host":["mail.example.com"],"t":0,"f":0}]}';
const FAILED =
  '{"dpv": "1","d": "example.org","pr": "v=TLSRPTv1; rua=https://r.example.org/t","policies":[{"policy-type":9,"policy-domain": "example.org","failure-details":[{"c":205,"s": "192.0.2.1","n": "mx.example.org","h": "250-mx.example.org\\r\\n250-SIZE 1000\\r\\n250 STARTTLS","r": "198.51.100.7","f": "self-signed certificate"}],"t":1,"f":1}]}';

const read = (text: string | Uint8Array) => parseTlsrptDatagram(Buffer.from(text as string));

/** A usable datagram with some members replaced; undefined takes one away. */
function datagram(members: object, policy: object = {}, failure?: object): string {
  const details = failure === undefined ? {} : { 'failure-details': [{ c: 205, ...failure }] };
  const policies = [{ 'policy-type': 9, ...details, t: 0, f: 0, ...policy }];
  return JSON.stringify({
    dpv: '1',
    d: 'example.com',
    pr: 'v=TLSRPTv1; rua=mailto:a@b.example',
    policies,
    ...members,
  });
}

function sole(text: string | Uint8Array) {
  const result = read(text);
  if (!result.ok) throw new Error(result.code);
  const [session] = result.sessions;
  if (session === undefined || result.sessions.length > 1) throw new Error('not one session');
  return { ...session, notes: result.notes };
}

const failureOf = (failure: object) => sole(datagram({}, { f: 1 }, failure)).failures[0];

describe('parseTlsrptDatagram (RFC 8460 §4.2, §4.3)', () => {
  it('reads a session under an MTA-STS policy', () => {
    expect(read(STS)).toEqual({
      ok: true,
      notes: [],
      sessions: [
        {
          domain: 'example.com',
          record: 'v=TLSRPTv1; rua=mailto:tlsrpt@example.com',
          source: 'datagram',
          policy: {
            policyType: 'sts',
            policyDomain: 'example.com',
            policyString: [
              'version: STSv1',
              'mode: enforce',
              'mx: mail.example.com',
              'max_age: 604800',
            ],
            mxHost: ['mail.example.com'],
          },
          isSuccess: true,
          failures: [],
          count: 1,
        },
      ],
    });
  });

  it('reads a failure with its details, of the EHLO answer the first line', () => {
    expect(sole(FAILED)).toMatchObject({
      isSuccess: false,
      policy: { policyType: 'no-policy-found', policyString: [], mxHost: [] },
      failures: [
        {
          resultType: 'validation-failure',
          sendingMtaIp: '192.0.2.1',
          receivingMxHostname: 'mx.example.org',
          receivingMxHelo: 'mx.example.org',
          receivingIp: '198.51.100.7',
          failureReasonCode: 'self-signed certificate',
        },
      ],
      notes: [],
    });
  });

  it.each([
    ['RPT-4.3.1-1', 201, 'starttls-not-supported'],
    ['RPT-4.3.1-2', 202, 'certificate-host-mismatch'],
    ['RPT-4.3.1-4', 203, 'certificate-not-trusted'],
    ['RPT-4.3.1-3', 204, 'certificate-expired'],
    ['RPT-4.3.1-6', 205, 'validation-failure'],
    ['RPT-4.3.2.2-1', 301, 'sts-policy-fetch-error'],
    ['RPT-4.3.2.2-2', 302, 'sts-policy-invalid'],
    ['RPT-4.3.2.2-3', 303, 'sts-webpki-invalid'],
    ['RPT-4.3.2.1-1', 304, 'tlsa-invalid'],
    ['RPT-4.3.2.1-2', 305, 'dnssec-invalid'],
    ['RPT-4.3.2.1-3', 306, 'dane-required'],
  ])('%s: code %i is %s, its reason kept (RFC 8460 §4.3.1, §4.3.2)', (_row, c, resultType) => {
    expect(failureOf({ c, f: 'why' })).toEqual({ resultType, failureReasonCode: 'why' });
    expect(RESULT_TYPES).toContain(resultType);
  });

  it.each([
    [{ c: 901 }, 'code 901'],
    [{ c: 207, f: 'new\r\nthing' }, 'code 207 new thing'],
    [{ c: -1 }, 'code -1'],
  ])(
    'RPT-4.3.3-1, RPT-4.3.3-2: %j is a validation-failure with the code as reason (RFC 8460 §4.3.3)',
    (failure, failureReasonCode) => {
      const session = sole(datagram({}, { f: 1 }, failure));
      expect(session.failures).toEqual([{ resultType: 'validation-failure', failureReasonCode }]);
      expect(session.notes).toEqual(['failure-code-unknown']);
    },
  );

  it.each([
    [1, 'tlsa', ['3 1 1 AB'], []],
    [2, 'sts', ['3 1 1 AB'], ['*.mx.example']],
    [9, 'no-policy-found', [], []],
  ])('RPT-4.4-5: policy type %i is %s', (type, policyType, policyString, mxHost) => {
    const given = {
      'policy-type': type,
      'policy-string': ['3 1 1 AB'],
      'mx-host': ['*.MX.example'],
    };
    expect(sole(datagram({}, given)).policy).toEqual({
      policyType,
      policyDomain: 'example.com',
      policyString,
      mxHost,
    });
  });

  it.each([
    [{ s: '2001:0db8::0001' }, { sendingMtaIp: '2001:db8::1' }],
    [{ r: '::ffff:192.0.2.1' }, { receivingIp: '192.0.2.1' }],
    [{ r: 'fe80::1%eth0' }, { receivingIp: 'fe80::1' }],
    [{ s: '' }, {}],
    [{ n: 'MX.Example.com.' }, { receivingMxHostname: 'mx.example.com' }],
    [{ h: '250 mx.example\u001b[1m hello' }, { receivingMxHelo: 'mx.example [1m hello' }],
    [{ h: '\r\n250 x' }, {}],
    [{ f: 'é'.repeat(200) }, { failureReasonCode: 'é'.repeat(128) }],
    [{ f: 'a\ud800b' }, { failureReasonCode: 'a\ufffdb' }],
    [{ a: 'https://x.example/1' }, { additionalInformation: 'https://x.example/1' }],
  ])('RPT-4.4-12, RPT-4.4-13: of %j it keeps %j', (failure, kept) => {
    const session = sole(datagram({}, { f: 1 }, failure));
    expect(session.failures).toEqual([{ resultType: 'validation-failure', ...kept }]);
    expect(session.notes).toEqual([]);
  });

  it.each([
    { s: '300.1.1.1' },
    { r: 5 },
    { n: ['mx'] },
    { h: null },
    { a: 'not a uri' },
    { f: {} },
  ])('leaves out the detail %j', (failure) => {
    const session = sole(datagram({}, { f: 1 }, failure));
    expect(session.failures).toEqual([{ resultType: 'validation-failure' }]);
    expect(session.notes).toEqual(['detail-unusable']);
  });

  it.each([
    ['an unknown version', datagram({ dpv: '2' }), ['version-unknown']],
    ['a version of another type', datagram({ dpv: 1 }), ['version-unknown']],
    ['no version, as the first libraries', datagram({ dpv: undefined }), []],
    ['no record', datagram({ pr: undefined }), ['record-unusable']],
    ['a record too long', datagram({ pr: 'v'.repeat(8193) }), ['record-unusable']],
    [
      'a policy domain of another type',
      datagram({}, { 'policy-domain': 5 }),
      ['policy-domain-invalid'],
    ],
    [
      'a policy domain that is none',
      datagram({}, { 'policy-domain': 'a..b' }),
      ['policy-domain-invalid'],
    ],
    [
      'a policy that is one text',
      datagram({}, { 'policy-type': 2, 'policy-string': 'x' }),
      ['list-unusable'],
    ],
    [
      'a line that is no text',
      datagram({}, { 'policy-type': 2, 'policy-string': ['a', 1] }),
      ['list-unusable'],
    ],
    ['failures that are no list', datagram({}, { 'failure-details': 5 }), ['failure-unusable']],
    ['a failure without a code', datagram({}, {}, { c: 'x' }), ['failure-unusable']],
    ['a code out of range', datagram({}, {}, { c: 1e300 }), ['failure-unusable']],
    ['a failure before the success', datagram({}, { f: 0 }, {}), []],
    ['a failure without details', datagram({}, { f: 1 }), []],
  ])('uses and notes %s', (_name, text, notes) => {
    expect(sole(text)).toMatchObject({ domain: 'example.com', notes });
  });

  it('keeps a session under each policy, and those of several that can be used', () => {
    const one = { 'policy-type': 1, f: 1 };
    const two = { 'policy-type': 2, f: 0 };
    const result = read(datagram({ policies: [one, { 'policy-type': 3, f: 0 }, two, 5] }));
    expect(result).toMatchObject({ ok: true, notes: ['policy-unusable'] });
    expect(result.ok && result.sessions.map(({ policy }) => policy.policyType)).toEqual([
      'tlsa',
      'sts',
    ]);
  });

  it('cuts what is too long or too much', () => {
    const lines = ['x'.repeat(9000), ...Array.from({ length: 600 }, () => 'y'.repeat(200))];
    const policy = { 'policy-type': 2, 'policy-string': lines, f: 1 };
    const failures = Array.from({ length: 20 }, (_, index) => ({ c: 205, f: `${index}` }));
    const session = sole(datagram({}, { ...policy, 'failure-details': failures }));
    expect(session.policy.policyString[0]).toHaveLength(DATAGRAM_LIMITS.line);
    expect(session.policy.policyString.join('').length).toBeLessThanOrEqual(DATAGRAM_LIMITS.text);
    expect(session.failures).toHaveLength(DATAGRAM_LIMITS.failures);
    expect(session.notes).toEqual(expect.arrayContaining(['text-cut', 'too-many']));
  });
});

describe('parseTlsrptDatagram on what others send', () => {
  it.each([
    ['no JSON', '{not json', 'json-invalid'],
    ['octets that are not UTF-8', Uint8Array.of(0xff, 0xfe), 'json-invalid'],
    ['a number', '5', 'not-object'],
    ['a list', '[]', 'not-object'],
    ['a domain that is a number', datagram({ d: 5 }), 'domain-invalid'],
    ['a policy that is a number', datagram({ policies: [5] }), 'policies-unusable'],
    ['no result', datagram({}, { f: undefined }), 'policies-unusable'],
    ['nothing', '', 'json-invalid'],
    ['a result out of range', datagram({}, { f: 2 }), 'policies-unusable'],
    ['an unknown policy type', datagram({}, { 'policy-type': 7 }), 'policies-unusable'],
    ['no domain', datagram({ d: undefined }), 'domain-missing'],
    ['a domain in U-labels', datagram({ d: 'bücher.example' }), 'domain-invalid'],
    ['an address', datagram({ d: '192.0.2.1' }), 'domain-invalid'],
    ['no policies', datagram({ policies: [] }), 'policies-missing'],
    ['policies that are one object', datagram({ policies: {} }), 'policies-missing'],
    ['half a megabyte of brackets', '['.repeat(524_288), 'json-invalid'],
    ['lists in lists', '['.repeat(200_000) + ']'.repeat(200_000), 'not-object'],
  ])('refuses %s', (_name, text, code) => {
    expect(read(text)).toEqual({ ok: false, code });
  });

  it('uses one whose record is a list, and has the record looked up', () => {
    const session = sole(datagram({ pr: ['v'] }));
    expect(session.notes).toEqual(['record-unusable']);
    expect(session).not.toHaveProperty('record');
  });

  it('replaces octets that are not UTF-8', () => {
    const bytes = Buffer.from(datagram({}, { f: 1 }, { f: 'broken é' }), 'latin1');
    expect(sole(bytes)).toMatchObject({
      failures: [{ failureReasonCode: 'broken \ufffd' }],
      notes: ['text-not-utf8'],
    });
  });

  it('takes no member from a prototype', () => {
    expect(read('{"__proto__":{"d":"example.com"},"policies":[{}]}')).toMatchObject({
      code: 'domain-missing',
    });
    expect(failureOf(JSON.parse('{"__proto__":{"f":"x"}}') as object)).toEqual({
      resultType: 'validation-failure',
    });
  });

  it('never throws, and what it reads can be reported', () => {
    const value = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom(0, 1, 2, 9, 205, 'example.com', '192.0.2.1'),
    );
    const failure = fc.dictionary(fc.constantFrom('c', 's', 'n', 'h', 'r', 'a', 'f'), value);
    const policy = fc.record(
      {
        'policy-type': fc.oneof(fc.constantFrom(1, 2, 9), value),
        'policy-domain': fc.oneof(fc.constant('example.com'), value),
        'policy-string': fc.oneof(fc.array(fc.string()), value),
        'mx-host': fc.oneof(fc.array(fc.string()), value),
        'failure-details': fc.oneof(fc.array(fc.oneof(failure, value)), value),
        f: fc.oneof(fc.constantFrom(0, 1), value),
      },
      { requiredKeys: [] },
    );
    const whole = fc.record(
      {
        dpv: fc.oneof(fc.constant('1'), value),
        d: fc.oneof(fc.constant('example.com'), value),
        pr: value,
        policies: fc.oneof(fc.array(fc.oneof(policy, value)), value),
      },
      { requiredKeys: ['d', 'policies'] },
    );
    let usable = 0;
    fc.assert(
      fc.property(whole, (given) => {
        const result = read(JSON.stringify(given));
        if (!result.ok) return;
        usable += 1;
        const policies = aggregateSessions(result.sessions);
        formatTlsReport({
          organizationName: 'A',
          contactInfo: 'a@b.example',
          reportId: 'x@y',
          startMs: 0,
          endMs: 86_400_000,
          policies,
        });
      }),
      { numRuns: 2_000 },
    );
    expect(usable).toBeGreaterThan(100);
  });

  it('never throws on ten thousand random and mutated datagrams', () => {
    const edit = fc.record({ at: fc.nat(600), octet: fc.nat(255), skip: fc.nat(20) });
    const mutated = fc.tuple(fc.constantFrom(STS, FAILED), fc.array(edit, { maxLength: 6 }));
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      mutated.map(([text, edits]) =>
        edits.reduce((octets, { at, octet, skip }) => {
          const place = at % octets.length;
          const rest = octets.subarray(place + 1 + skip);
          return Buffer.concat([octets.subarray(0, place), Buffer.of(octet), rest]);
        }, Buffer.from(text)),
      ),
    );
    fc.assert(
      fc.property(bytes, (given) => {
        expect(typeof parseTlsrptDatagram(given).ok).toBe('boolean');
      }),
      { numRuns: 10_000 },
    );
  });
});
