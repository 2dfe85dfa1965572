import type { Domain } from '@sekisho/spec';
import { describe, expect, it } from 'vitest';
import type { LiveMx } from '../gates/live-mx.ts';
import type { PolicyVersion } from '../store/index.ts';
import { adviseOn } from './domain-status.ts';
import { draftPolicy } from './draft.ts';
import { judgeDraft, judgeOverruling } from './judge-draft.ts';
import { judgeOrder, liftObjections } from './objections.ts';
import { choosePolicyId } from './place-order.ts';
import { isGivenUp, retryDelayMs } from './retry-schedule.ts';
import type { Objection, PolicyWish } from './rollout.ts';

const DAY = 86_400_000;
const HOSTS: LiveMx = { kind: 'hosts', hosts: ['mx1.example.com', 'mx2.example.com'] };

function version(changes: Partial<PolicyVersion> = {}): PolicyVersion {
  return {
    domain: 'example.com' as Domain,
    number: 1,
    id: 'one',
    body: 'one',
    mode: 'testing',
    maxAgeSeconds: 604_800,
    mx: ['mx1.example.com'],
    createdAtMs: 0,
    createdBy: 'admin',
    overrides: [],
    announcedAtMs: 0,
    ...changes,
  };
}

function drafted(wish: PolicyWish, announced?: PolicyVersion, live: LiveMx = HOSTS) {
  const drafting = draftPolicy(wish, announced, live);
  if (drafting.kind === 'refused') throw new Error(JSON.stringify(drafting.objections));
  return drafting.draft;
}

function codes(objections: readonly Objection[]): readonly string[] {
  return objections.map(({ code }) => code);
}

describe('draftPolicy (RFC 8461 §3.2)', () => {
  it.each<[string, PolicyWish, PolicyVersion | undefined, number, readonly string[]]>([
    [
      'live MX and a week',
      { mode: 'testing' },
      undefined,
      604_800,
      ['mx1.example.com', 'mx2.example.com'],
    ],
    ['a month', { mode: 'enforce' }, undefined, 2_592_000, ['mx1.example.com', 'mx2.example.com']],
    [
      'what is announced',
      { mode: 'enforce' },
      version({ maxAgeSeconds: 90_000 }),
      90_000,
      ['mx1.example.com'],
    ],
    [
      'not the age of none',
      { mode: 'enforce' },
      version({ mode: 'none', maxAgeSeconds: 1 }),
      2_592_000,
      ['mx1.example.com'],
    ],
    ['a day without mx', { mode: 'none' }, version(), 86_400, []],
  ])('takes as default %s', (_what, wish, announced, maxAgeSeconds, mx) => {
    expect(drafted(wish, announced)).toMatchObject({ maxAgeSeconds, mx });
  });

  const tenant: LiveMx = { kind: 'hosts', hosts: ['example-com.z-v9.mx.microsoft'] };

  it('adds to a preset what the MX of the domain needs', () => {
    const wish = { mode: 'testing', preset: 'microsoft-dnssec' } as const;
    expect(drafted(wish, version(), tenant).mx).toContain('*.z-v9.mx.microsoft');
    expect(drafted(wish, version(), HOSTS).mx).not.toContain('*.z-v9.mx.microsoft');
  });

  it.each<[string, PolicyWish]>([
    ['a preset that does not exist', { mode: 'testing', preset: 'gogle' }],
    ['a preset and mx', { mode: 'testing', preset: 'google', mx: ['a.example'] }],
  ])('refuses %s', (_what, wish) => {
    expect(draftPolicy(wish, undefined, HOSTS)).toMatchObject({
      kind: 'refused',
      objections: [{ code: 'preset-invalid' }],
    });
  });

  it('STS-3.2-17: writes U-labels as A-labels, each pattern once (STS-3.2-16)', () => {
    const mx = ['Mail.Bücher.example.', '*.bücher.example', 'mail.xn--bcher-kva.example'];
    expect(drafted({ mode: 'testing', mx }).body).toBe(
      'version: STSv1\r\nmode: testing\r\nmx: mail.xn--bcher-kva.example\r\nmx: *.xn--bcher-kva.example\r\nmax_age: 604800\r\n',
    );
  });

  it.each<[string, PolicyWish, LiveMx, string[]]>([
    ['an IPv4 address', { mode: 'testing', mx: ['192.0.2.1'] }, HOSTS, ['mx-address']],
    ['an address literal', { mode: 'testing', mx: ['[192.0.2.1]'] }, HOSTS, ['mx-address']],
    ['an IPv6 address', { mode: 'testing', mx: ['2001:db8::1'] }, HOSTS, ['mx-address']],
    [
      'no name',
      { mode: 'testing', mx: ['mx*.example.com', 'ü ü.example'] },
      HOSTS,
      ['mx-invalid', 'mx-invalid'],
    ],
    ['two in one', { mode: 'testing', mx: ['a.example, b.example'] }, HOSTS, ['mx-invalid']],
    [
      'STS-3.2-10: more than a year',
      { mode: 'enforce', maxAgeSeconds: 31_557_601 },
      HOSTS,
      ['max-age-long'],
    ],
    ['half a second', { mode: 'enforce', maxAgeSeconds: 0.5 }, HOSTS, ['max-age-invalid']],
    ['less than nothing', { mode: 'none', maxAgeSeconds: -1 }, HOSTS, ['max-age-invalid']],
    ['STS-3.2-11: no mx', { mode: 'testing', mx: [] }, HOSTS, ['mx-missing']],
    ['no MX known', { mode: 'testing' }, { kind: 'unknown', message: 'no answer' }, ['mx-missing']],
    [
      'several faults',
      { mode: 'testing', maxAgeSeconds: 1e10, mx: ['192.0.2.1'] },
      HOSTS,
      ['max-age-long', 'mx-address'],
    ],
    [
      'a bad field',
      { mode: 'none', extensions: [{ name: 'mode', value: 'x' }] },
      HOSTS,
      ['policy-invalid'],
    ],
    [
      'more than senders read (RFC 8461 §3.3)',
      { mode: 'testing', mx: Array.from({ length: 3000 }, (_, index) => `mx${index}.example.com`) },
      HOSTS,
      ['policy-invalid'],
    ],
  ])('refuses %s, whatever is overridden', (_what, wish, live, expected) => {
    const drafting = draftPolicy(wish, undefined, live);
    const objections = drafting.kind === 'refused' ? drafting.objections : [];
    expect(codes(objections)).toEqual(expected);
    const order = { by: 'admin', overrides: expected, force: true, reason: 'x' };
    expect(liftObjections(objections, order).remaining).toEqual(objections);
  });
});

describe('judgeDraft', () => {
  const tested = version();
  const shut = { code: 'probes-clean', state: 'shut', evidence: ['1 of 2 fails.'] } as const;

  it.each<[string, PolicyWish, LiveMx, PolicyVersion | undefined, string[]]>([
    ['nothing', { mode: 'testing' }, HOSTS, undefined, []],
    [
      'a wildcard that covers all',
      { mode: 'testing', mx: ['*.example.com'] },
      HOSTS,
      undefined,
      [],
    ],
    [
      'no match at all',
      { mode: 'testing', mx: ['*.a.example.com'] },
      HOSTS,
      undefined,
      ['mx-matches-none'],
    ],
    [
      'one MX not matched in testing',
      { mode: 'testing', mx: ['mx1.example.com'] },
      HOSTS,
      undefined,
      [],
    ],
    [
      'one MX not matched in enforce',
      { mode: 'enforce', mx: ['mx1.example.com'] },
      HOSTS,
      tested,
      ['mx-unmatched'],
    ],
    [
      'unknown MX',
      { mode: 'testing', mx: ['a.example'] },
      { kind: 'unknown', message: 'timeout' },
      undefined,
      ['mx-unknown'],
    ],
    ['a null MX', { mode: 'testing', mx: ['a.example'] }, { kind: 'null' }, undefined, ['mx-null']],
    [
      'none, whatever the MX',
      { mode: 'none' },
      { kind: 'unknown', message: 'timeout' },
      tested,
      [],
    ],
    ['enforce never tested', { mode: 'enforce' }, HOSTS, undefined, ['never-tested']],
    [
      'enforce after testing that was not announced',
      { mode: 'enforce' },
      HOSTS,
      undefined,
      ['never-tested'],
    ],
    [
      'less than a day',
      { mode: 'testing', maxAgeSeconds: 86_399 },
      HOSTS,
      undefined,
      ['max-age-short'],
    ],
    ['a minute of none', { mode: 'none', maxAgeSeconds: 60 }, HOSTS, tested, []],
  ])('finds %s', (_what, wish, live, announced, expected) => {
    const { announcedAtMs: _never, ...unannounced } = version({ number: 9 });
    const versions = announced ? [announced] : [unannounced];
    const standing = { live, versions, announced, gates: [] };
    const objections = judgeDraft(drafted(wish, announced), standing);
    expect(codes(objections)).toEqual(expected);
    expect(objections.every(({ canOverride }) => canOverride)).toBe(true);
  });

  it('names the pattern that would do, where an asterisk stands for too little', () => {
    const live: LiveMx = { kind: 'hosts', hosts: ['example-com.h-v1.mx.microsoft'] };
    const draft = drafted({ mode: 'enforce', mx: ['*.mx.microsoft'] }, version(), live);
    const standing = { live, versions: [tested], announced: tested, gates: [] };
    expect(judgeDraft(draft, standing)).toMatchObject([
      {
        code: 'mx-matches-none',
        remedy: 'Write *.h-v1.mx.microsoft in place of *.mx.microsoft.',
      },
    ]);
  });

  it('minds gates only on the way to enforce, and only those that are shut', () => {
    const gates = [shut, { ...shut, code: 'mx-matched', state: 'unknown' } as const];
    const wish = { mode: 'enforce', mx: ['*.example.com'] } as const;
    const judge = (announced: PolicyVersion) =>
      judgeDraft(drafted(wish, announced), {
        live: HOSTS,
        versions: [tested, announced],
        announced,
        gates,
      });
    expect(codes(judge(tested))).toEqual(['gate-probes-clean']);
    expect(codes(judge(version({ mode: 'none' })))).toEqual(['gate-probes-clean']);
    expect(codes(judge(version({ mode: 'enforce' })))).toEqual([]);
  });

  it('names shut gates beside never-tested, whose override opens none of them', () => {
    const announced = version({ mode: 'none' });
    const standing = { live: HOSTS, versions: [announced], announced, gates: [shut] };
    const draft = drafted({ mode: 'enforce', mx: ['*.example.com'] }, announced);
    expect(codes(judgeDraft(draft, standing))).toEqual(['never-tested', 'gate-probes-clean']);
  });
});

describe('judgeOrder and liftObjections', () => {
  const doubt = { code: 'mx-unmatched', message: '', remedy: '', canOverride: true } as const;
  const gate = { code: 'gate-mx-matched', message: '', remedy: '', canOverride: true } as const;

  it.each([
    [{ by: 'a' }, []],
    [{ by: 'a', overrides: ['mx-null'], reason: 'Known.' }, []],
    [{ by: 'a', overrides: ['mx-null'] }, ['reason-missing']],
    [{ by: 'a', force: true, reason: '  ' }, ['reason-missing']],
    [{ by: 'a', reason: 'a\u001b[2J' }, ['reason-invalid']],
    [{ by: 'a', reason: 'a'.repeat(501) }, ['reason-invalid']],
    [{ by: 'a', overrides: ['max-age-long', 'typo'], reason: 'x' }, ['override-unknown']],
  ])('judges %j', (order, expected) => {
    expect(codes(judgeOrder(order))).toEqual(expected);
  });

  it('lifts what is named, and with force every gate, but nothing else', () => {
    const lift = (order: object) =>
      liftObjections([doubt, gate], { by: 'a', reason: 'x', ...order });
    expect(lift({})).toEqual({ remaining: [doubt, gate], overridden: [] });
    expect(lift({ overrides: ['mx-unmatched'] })).toEqual({
      remaining: [gate],
      overridden: ['mx-unmatched'],
    });
    expect(lift({ force: true })).toEqual({ remaining: [doubt], overridden: ['gate-mx-matched'] });
  });
});

describe('choosePolicyId (RFC 8461 §3.1)', () => {
  it('STS-3.1-6: follows from the text, and never comes again', () => {
    const used = new Set<string>();
    for (let at = 0; at < 20; at += 1) {
      const id = choosePolicyId('text', used);
      expect(id).toMatch(/^[a-z0-9]{1,32}$/);
      expect(used.has(id)).toBe(false);
      used.add(id);
    }
    expect(choosePolicyId('text', new Set())).toBe([...used][0]);
  });
});

describe('the retry schedule', () => {
  it.each([
    ['verify', 0, 5_000],
    ['verify', 3, 40_000],
    ['verify', 6, 300_000],
    ['verify', 5_000, 300_000],
    ['announce', 9, 900_000],
    ['confirm', 9, 60_000],
  ] as const)('at %s after %i failures waits %i ms', (step, attempts, delayMs) => {
    expect(retryDelayMs({ step, attempts })).toBe(delayMs);
  });

  it.each([
    ['verify', 1, undefined, DAY, true],
    ['verify', 1, undefined, DAY - 1, false],
    ['announce', 1, undefined, DAY, true],
    ['confirm', 1, undefined, 100 * DAY, false],
    ['verify', undefined, undefined, 100 * DAY, false],
    ['verify', undefined, { version: 1, purpose: 'set' }, DAY, true],
  ] as const)(
    'at %s with version %s announced ends: case %#',
    (step, announced, supersedes, nowMs, ends) => {
      const change = {
        version: 2,
        purpose: 'set',
        step,
        startedAtMs: 0,
        stepSinceMs: 0,
        attempts: 9,
        nextAttemptAtMs: 0,
        ...(supersedes && { supersedes }),
      } as const;
      const domain = { domain: 'a.example' as Domain, addedAtMs: 0, nextProbeAtMs: 0 };
      const found = announced === undefined ? domain : { ...domain, announced };
      expect(isGivenUp(found, change, nowMs)).toBe(ends);
    },
  );
});

describe('judgeOverruling', () => {
  const declared = version({ number: 1, createdBy: 'configuration', body: 'declared' });
  const personal = version({ number: 2, createdBy: 'admin', body: 'personal' });
  it.each([
    ['the same after a person', 'declared', 'configuration', [personal, declared], ['overruled']],
    ['another after a person', 'new', 'configuration', [personal, declared], []],
    ['the same again', 'declared', 'configuration', [declared], []],
    ['the first', 'declared', 'configuration', [personal], []],
    ['a person', 'declared', 'admin', [personal, declared], []],
  ])('of %s', (_what, body, by, versions, expected) => {
    expect(codes(judgeOverruling(body, { by }, versions))).toEqual(expected);
  });
});

describe('adviseOn', () => {
  const domain = { domain: 'a.example' as Domain, addedAtMs: 0, nextProbeAtMs: 0 };
  const calm = { domain, announced: undefined, gates: [], goesAtMs: Infinity, nowMs: 0 };
  const shut = { code: 'probes-clean', state: 'shut', evidence: [], remedy: 'Mend mx1.' } as const;
  it.each([
    ['nothing', calm, 'No policy is announced yet.'],
    ['shut gates', { ...calm, announced: version(), gates: [shut] }, 'Mend mx1.'],
    [
      'open gates',
      { ...calm, announced: version() },
      'Every gate is open: the policy may be set to enforce.',
    ],
    [
      'a short enforce',
      { ...calm, announced: version({ mode: 'enforce' }) },
      'max_age is 604800; weeks protect better (RFC 8461 §10.2).',
    ],
    [
      'an end',
      { ...calm, domain: { ...domain, leavingSinceMs: 0 }, goesAtMs: 0 },
      'Records and host may go now: order "remove" (RFC 8461 §8.3).',
    ],
  ])('says of %s what to do', (_what, situation, advice) => {
    expect(adviseOn(situation)).toEqual([advice]);
  });
});
