import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSessionsBatch } from './index.ts';

const NOW_MS = Date.UTC(2026, 0, 2, 12);

const session = (more: object = {}): Record<string, unknown> => ({
  at: '2026-01-02T11:59:00Z',
  domain: 'example.com',
  policy: { 'policy-type': 'no-policy-found' },
  success: true,
  ...more,
});

const failure = (more: object = {}) => ({
  failures: [{ 'result-type': 'dane-required', ...more }],
});

function problems(body: unknown): string[] {
  const batch = parseSessionsBatch(body, NOW_MS);
  return batch.ok ? [] : batch.problems.map(({ path, code }) => `${path} ${code}`);
}

describe('parseSessionsBatch (RFC 8460 §4.4; RPT-4.4-5, RPT-4.4-11, RPT-4.4-17)', () => {
  it('reads every member', () => {
    const policy = {
      'policy-type': 'sts',
      'policy-string': ['version: STSv1', 'mode: testing', 'mx: mx.example.com', 'max_age: 86400'],
      'policy-domain': 'Example.com',
      'mx-host': ['mx.example.com'],
    };
    const details = {
      'result-type': 'certificate-expired',
      'sending-mta-ip': '192.0.2.1',
      'receiving-mx-hostname': 'mx.example.com',
      'receiving-mx-helo': 'mx',
      'receiving-ip': '2001:db8::1',
      'additional-information': 'https://example.com/more',
      'failure-reason-code': 'CERT_HAS_EXPIRED',
    };
    const record = 'v=TLSRPTv1;\trua=mailto:tls@example.com';
    const at = '2026-01-01T00:00:00.5+00:00';
    const whole = session({ at, record, policy, success: false, failures: [details], count: 3 });
    expect(parseSessionsBatch({ sessions: [whole, session()] }, NOW_MS)).toEqual({
      ok: true,
      sessions: [
        {
          day: '2026-01-01',
          domain: 'example.com',
          record,
          source: 'api',
          policy: {
            policyType: 'sts',
            policyString: policy['policy-string'],
            policyDomain: 'example.com',
            mxHost: ['mx.example.com'],
          },
          isSuccess: false,
          failures: [
            {
              resultType: 'certificate-expired',
              sendingMtaIp: '192.0.2.1',
              receivingMxHostname: 'mx.example.com',
              receivingMxHelo: 'mx',
              receivingIp: '2001:db8::1',
              additionalInformation: 'https://example.com/more',
              failureReasonCode: 'CERT_HAS_EXPIRED',
            },
          ],
          count: 3,
        },
        {
          day: '2026-01-02',
          domain: 'example.com',
          source: 'api',
          policy: {
            policyType: 'no-policy-found',
            policyString: [],
            policyDomain: 'example.com',
            mxHost: [],
          },
          isSuccess: true,
          failures: [],
          count: 1,
        },
      ],
    });
  });

  it.each<[unknown, string[]]>([
    [[], ['$ member-type', '$.sessions member-missing']],
    [{ sessions: [] }, ['$.sessions list-length']],
    [{ sessions: Array.from({ length: 1001 }, () => session()) }, ['$.sessions list-length']],
    [{ sessions: [session()], more: 1 }, ['$ member-unknown']],
    [{ sessions: [5] }, ['$.sessions[0] member-type']],
    [
      { sessions: [{}] },
      ['at', 'domain', 'policy', 'success'].map((name) => `$.sessions[0].${name} member-missing`),
    ],
  ])('%j', (body, expected) => {
    expect(problems(body)).toEqual(expected);
  });

  it.each<[object, string]>([
    [{ at: '2026-01-02T11:59:00' }, '.at at-invalid'],
    [{ at: '2026-13-02T11:59:00Z' }, '.at at-invalid'],
    [{ at: 5 }, '.at member-type'],
    [{ at: '2025-12-31T23:59:59Z' }, '.at at-out-of-range'],
    [{ at: '2026-01-02T12:05:01Z' }, '.at at-out-of-range'],
    [{ domain: '192.0.2.1' }, '.domain domain-invalid'],
    [{ domain: 'bücher.test' }, '.domain domain-invalid'],
    [{ domain: '' }, '.domain text-length'],
    [{ domain: 'a\nb' }, '.domain text-control'],
    [{ record: 'v=TLSRPTv2;' }, '.record record-invalid'],
    [{ policy: { 'policy-type': 'STS' } }, '.policy.policy-type value-unknown'],
    [{ policy: { policyType: 'sts', 'policy-type': 'sts' } }, '.policy member-unknown'],
    [{ policy: { 'policy-type': 'sts', 'mx-host': 'a' } }, '.policy.mx-host member-type'],
    [{ policy: { 'policy-type': 'sts', 'mx-host': [5] } }, '.policy.mx-host[0] member-type'],
    [{ success: 1 }, '.success member-type'],
    [{ count: 0 }, '.count count-invalid'],
    [{ count: 1.5 }, '.count count-invalid'],
    [{ count: '3' }, '.count count-invalid'],
    [{ count: 1_000_001 }, '.count count-invalid'],
    [JSON.parse('{"__proto__":{}}') as object, ' member-unknown'],
    [failure({ 'result-type': 'other' }), '.failures[0].result-type value-unknown'],
    [failure({ 'receiving-ip': '192.0.2.256' }), '.failures[0].receiving-ip address-invalid'],
    [
      failure({ 'failure-reason-code': 'x'.repeat(256) }),
      '.failures[0].failure-reason-code text-length',
    ],
    [
      failure({ 'additional-information': 'no uri' }),
      '.failures[0].additional-information uri-invalid',
    ],
    [failure({ 'failed-session-count': 1 }), '.failures[0] member-unknown'],
  ])('%j', (more, expected) => {
    const given = { ...session(), ...more };
    if (Object.hasOwn(more, '__proto__'))
      Object.defineProperty(given, '__proto__', { value: {}, enumerable: true });
    expect(problems({ sessions: [session(), given] })).toEqual([`$.sessions[1]${expected}`]);
  });

  it('names every problem, up to a hundred', () => {
    expect(
      problems({ sessions: [session({ count: 0, success: 1 }), session({ at: '' })] }),
    ).toEqual([
      '$.sessions[0].success member-type',
      '$.sessions[0].count count-invalid',
      '$.sessions[1].at text-length',
    ]);
    const many = problems({ sessions: Array.from({ length: 300 }, () => 0) });
    expect(many).toHaveLength(101);
    expect(many.at(-1)).toBe('$ problems-omitted');
  });

  it('throws nothing', () => {
    const names = 'at domain record policy success failures count policy-type mx-host'.split(' ');
    const value = fc.jsonValue({ maxDepth: 4 });
    const wild = fc.dictionary(fc.oneof(fc.constantFrom(...names), fc.string()), value);
    const body = fc.oneof(
      value,
      fc.record({
        sessions: fc.array(
          wild.map((more) => session(more)),
          { maxLength: 3 },
        ),
      }),
    );
    fc.assert(
      fc.property(body, (given) => {
        const batch = parseSessionsBatch(given, NOW_MS);
        if (!batch.ok) expect(batch.problems.length).toBeGreaterThan(0);
        else expect(batch.sessions.every(({ count }) => count >= 1)).toBe(true);
      }),
    );
  });
});
