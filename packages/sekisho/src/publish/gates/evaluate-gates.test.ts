import type { Domain } from '@sekisho/spec';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PolicyVersion, ProbeRecord } from '../store/index.ts';
import { evaluateGates, type GateInput } from './evaluate-gates.ts';
import type { Gate, ReportedFailures, ReportSummary } from './gate.ts';

const DAY = 86_400_000;
const HOUR = 3_600_000;
const NOW = Date.UTC(2026, 5, 30, 12);
const DOMAIN = 'a.test' as Domain;

function versionOf(changes: Partial<PolicyVersion> = {}): PolicyVersion {
  return {
    domain: DOMAIN,
    number: 1,
    id: 'a1',
    body: '',
    mode: 'testing',
    maxAgeSeconds: 604_800,
    mx: ['*.a.test'],
    createdAtMs: NOW - 20 * DAY,
    createdBy: 'admin',
    overrides: [],
    servedFromMs: NOW - 20 * DAY,
    announcedAtMs: NOW - 20 * DAY,
    ...changes,
  };
}

function look(atMs: number, code = 'ok', changes: Partial<ProbeRecord> = {}): ProbeRecord {
  const address = '192.0.2.1';
  return { domain: DOMAIN, mxHost: 'mx1.a.test', address, atMs, code, detail: code, ...changes };
}

/** A clean look every six hours for so many days. */
function clean(days: number, mxHost = 'mx1.a.test'): ProbeRecord[] {
  return Array.from({ length: days * 4 + 1 }, (_, place) =>
    look(NOW - HOUR - place * 6 * HOUR, 'ok', { mxHost }),
  ).toReversed();
}

function input(changes: Partial<GateInput> = {}): GateInput {
  const version = versionOf();
  return {
    nowMs: NOW,
    days: 14,
    domain: { domain: DOMAIN, addedAtMs: 0, served: 1, announced: 1, nextProbeAtMs: 0 },
    version,
    versions: [version],
    live: { kind: 'hosts', hosts: ['mx1.a.test'] },
    probes: clean(15),
    reports: { kind: 'none', because: 'No TLS reports are read here.' },
    ...changes,
  };
}

function gate(code: Gate['code'], changes: Partial<GateInput> = {}): Gate {
  const found = evaluateGates(input(changes)).find((each) => each.code === code);
  if (found === undefined) throw new Error(`no gate ${code}`);
  return found;
}

it('all is well: every gate is open, and the one without evidence does not hold', () => {
  expect(evaluateGates(input()).map(({ code, state }) => [code, state])).toEqual([
    ['probes-clean', 'open'],
    ['mx-matched', 'open'],
    ['reports-clean', 'unknown'],
    ['nothing-pending', 'open'],
    ['served-long', 'open'],
  ]);
});

describe('probes-clean (RFC 8461 §4.2)', () => {
  const state = (probes: readonly ProbeRecord[], changes: Partial<GateInput> = {}): string =>
    gate('probes-clean', { probes, ...changes }).state;

  it('says since when, how often and where', () => {
    expect(gate('probes-clean').evidence).toEqual([
      'MX mx1.a.test: clean since 2026-06-15 11:00 UTC, 61 looks at 192.0.2.1.',
    ]);
  });

  it('is shut without any evidence, with the day from which it can open', () => {
    expect(gate('probes-clean', { probes: [] })).toMatchObject({
      state: 'shut',
      evidence: [
        'MX mx1.a.test: it was not looked at yet.',
        'This gate opens 14 days after the first clean look, not before 2026-07-14 12:00 UTC.',
      ],
    });
  });

  it('is shut until the days are full, with the day on which it can open', () => {
    const shut = gate('probes-clean', { probes: clean(13) });
    expect(shut.state).toBe('shut');
    expect(shut.evidence.at(-1)).toBe(
      'This gate can open on 2026-07-01 11:00 UTC, if every look until then is clean.',
    );
  });

  it.each([
    'starttls-not-offered',
    'starttls-refused',
    'tls-too-old',
    'tls-failed',
    'certificate-expired',
    'certificate-untrusted',
    'certificate-name-mismatch',
    'unreachable',
    'timeout',
    'protocol',
    'no-address',
    'something-new',
  ])('STS-4.2-1: is shut by one %s at any address', (code) => {
    const other = look(NOW - 3 * DAY - HOUR, code, { address: '2001:db8::1' });
    const shut = gate('probes-clean', { probes: [...clean(15), other] });
    expect(shut.state).toBe('shut');
    expect(shut.evidence.join(' ')).toContain(`${code} at 2001:db8::1`);
  });

  it('names what stands, and its remedy', () => {
    const probes = [...clean(15), look(NOW - 1000, 'certificate-expired', { detail: 'ended' })];
    expect(gate('probes-clean', { probes })).toEqual({
      code: 'probes-clean',
      state: 'shut',
      evidence: [
        'MX mx1.a.test: the last look failed.',
        'MX mx1.a.test failed on 2026-06-30 11:59 UTC: certificate-expired at 192.0.2.1 (ended).',
        'This gate opens 14 days after the first clean look, not before 2026-07-14 12:00 UTC.',
      ],
      remedy: 'Renew the certificate, and see why it was not renewed.',
    });
  });

  it('an old failure counts no more', () => {
    expect(state([look(NOW - 15 * DAY - 2 * HOUR, 'timeout'), ...clean(15)])).toBe('open');
  });

  it('is shut when a day is missing, or the last one', () => {
    const gap = (fromMs: number, toMs: number): ProbeRecord[] =>
      clean(15).filter(({ atMs }) => atMs <= NOW - toMs || atMs > NOW - fromMs);
    expect(state(gap(4 * DAY, 5 * DAY + 6 * HOUR))).toBe('shut');
    expect(state(gap(4 * DAY, 4 * DAY + 18 * HOUR))).toBe('open');
    expect(state(gap(0, 2 * DAY))).toBe('shut');
  });

  it('is shut by one host among several', () => {
    const live = { kind: 'hosts', hosts: ['mx1.a.test', 'mx2.a.test'] } as const;
    expect(state(clean(15), { live })).toBe('shut');
    expect(state([...clean(15), ...clean(2, 'mx2.a.test')], { live })).toBe('shut');
    expect(state([...clean(15), ...clean(15, 'mx2.a.test')], { live })).toBe('open');
  });

  it('what this machine cannot reach says nothing, and is named', () => {
    const unreached = clean(15).map(({ atMs }) =>
      look(atMs, 'no-route', { address: '2001:db8::1' }),
    );
    const open = gate('probes-clean', { probes: [...clean(15), ...unreached] });
    expect(open.state).toBe('open');
    expect(open.evidence.at(-1)).toBe(
      'MX mx1.a.test: nothing is known of 2001:db8::1, because this machine has no route there.',
    );
    expect(state(unreached)).toBe('shut');
  });

  it('a family that the DNS never told opens nothing', () => {
    const unsure = clean(15).map(({ atMs }) => look(atMs, 'dns-failed'));
    expect(state([...clean(15), ...unsure])).toBe('shut');
    expect(state([...clean(15), look(NOW - 2 * DAY - HOUR, 'dns-failed')])).toBe('open');
  });

  it('looks from the future open nothing', () => {
    const later = clean(15).map((each) => ({ ...each, atMs: each.atMs + 16 * DAY }));
    expect(state(later)).toBe('shut');
  });

  it.each([
    [{ kind: 'unknown', message: 'SERVFAIL' }, 'The MX hosts could not be looked up.'],
    [{ kind: 'null' }, 'There is no MX host.'],
  ] as const)('is shut where the live MX is %j', (live, evidence) => {
    expect(gate('probes-clean', { live })).toMatchObject({ state: 'shut', evidence: [evidence] });
  });

  it('partial evidence never opens it: any subset of looks with a day missing is shut', () => {
    const all = clean(15);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 13 }), fc.infiniteStream(fc.boolean()), (day, keep) => {
        const picks = keep[Symbol.iterator]();
        const end = NOW - day * DAY;
        const some = all.filter(
          ({ atMs }) => (atMs <= end - DAY - 2 * HOUR || atMs > end) && picks.next().value === true,
        );
        expect(state(some)).toBe('shut');
      }),
    );
  });

  it('a clean look and a failure at one moment are one failed look', () => {
    fc.assert(
      fc.property(fc.nat(55), fc.constantFrom('timeout', 'tls-failed'), (place, code) => {
        const probes = clean(15);
        const at = probes.at(-1 - place)?.atMs ?? 0;
        expect(state([...probes, look(at, code, { address: '192.0.2.2' })])).toBe('shut');
      }),
    );
  });

  it('with no days to wait for, one clean look of today opens it', () => {
    expect(state([look(NOW - HOUR)], { days: 0 })).toBe('open');
    expect(state([], { days: 0 })).toBe('shut');
    expect(state([look(NOW - 26 * HOUR)], { days: 0 })).toBe('shut');
  });
});

describe('mx-matched (RFC 8461 §4.1)', () => {
  it('STS-4.1-2: names each host and the mx that allows it, one label only', () => {
    const live = { kind: 'hosts', hosts: ['mx1.a.test', 'x.mx2.a.test'] } as const;
    expect(gate('mx-matched', { live })).toEqual({
      code: 'mx-matched',
      state: 'shut',
      evidence: ['MX mx1.a.test: allowed by mx *.a.test.', 'MX x.mx2.a.test: no mx allows it.'],
      remedy: 'Add x.mx2.a.test to the policy, or take it out of the MX records.',
    });
  });

  it.each([{ kind: 'unknown', message: 'SERVFAIL' }, { kind: 'null' }] as const)(
    'is shut where the live MX is %j',
    (live) => expect(gate('mx-matched', { live }).state).toBe('shut'),
  );
});

describe('reports-clean', () => {
  const reports = (given: Partial<Extract<ReportSummary, { readonly kind: 'reports' }>>) => {
    const none = { kind: 'reports', days: 9, sessions: 120, unverifiedReports: 0 } as const;
    return gate('reports-clean', { reports: { ...none, failures: [], ...given } });
  };
  const span = 'TLS reports of 9 of the last 14 days tell of 120 sessions';
  const failure: ReportedFailures = {
    policyType: 'sts',
    mode: 'testing',
    resultType: 'certificate-expired',
    sessions: 3,
  };

  it('opens on reports without failures, shuts on failures', () => {
    expect(reports({})).toMatchObject({
      state: 'open',
      evidence: [`${span}; enforce would have stopped none.`],
    });
    expect(reports({ failures: [failure] })).toMatchObject({
      state: 'shut',
      evidence: [`${span}; enforce would have stopped 3: certificate-expired 3.`],
    });
  });

  it.each<[string, Partial<ReportedFailures>, boolean]>([
    ['without STARTTLS (RFC 8461 §5)', { resultType: 'starttls-not-supported' }, true],
    ['in enforce', { mode: 'enforce' }, true],
    ['in a mode that we do not know', { mode: 'other' }, true],
    ['of a type that we do not know', { resultType: 'new' }, true],
    ['in mode none', { mode: 'none' }, false],
    ['under tlsa alone', { policyType: 'tlsa' }, false],
    ['under no policy', { policyType: 'no-policy-found' }, false],
    ['of the policy (RFC 8461 §3.3)', { resultType: 'sts-policy-fetch-error' }, false],
    ['of its text (RFC 8461 §3.3)', { resultType: 'sts-policy-invalid' }, false],
    ['of its host (RFC 8461 §3.3)', { resultType: 'sts-webpki-invalid' }, false],
    ['of DANE (RFC 8460 §4.3.2.1)', { resultType: 'dane-required' }, false],
    ['of TLSA records (RFC 8460 §4.3.2.1)', { resultType: 'tlsa-invalid' }, false],
    ['of DNSSEC (RFC 8460 §4.3.2.1)', { resultType: 'dnssec-invalid' }, false],
  ])('a failure %s: would enforce stop it', (_what, changes, isStopped) => {
    const { state } = reports({ failures: [{ ...failure, ...changes }] });
    expect(state).toBe(isStopped ? 'shut' : 'open');
  });

  it('adds up failures of one type, whatever the mode, and leaves out what is harmless', () => {
    const { mode: _untold, ...untold } = failure;
    const harmless = { ...failure, resultType: 'dane-required' };
    const other = { ...failure, resultType: 'new', sessions: 1 };
    expect(reports({ failures: [failure, harmless, untold, other] }).evidence).toEqual([
      `${span}; enforce would have stopped 7: certificate-expired 6, new 1.`,
    ]);
  });

  it('knows nothing from no session, and from reports that nobody signed for', () => {
    expect(reports({ sessions: 0 }).state).toBe('unknown');
    const day = new Date(NOW - 14 * DAY).toISOString().slice(0, 10);
    expect(reports({ days: 0 })).toMatchObject({
      state: 'unknown',
      evidence: [`No verified TLS report since ${day}.`],
    });
    expect(reports({ days: 0, unverifiedReports: 2 }).evidence).toEqual([
      `No verified TLS report since ${day}. 2 that nobody signed for are kept apart.`,
    ]);
  });

  it('takes reports that cannot be read neither for clean nor for none', () =>
    expect(gate('reports-clean', { reports: { kind: 'unknown', because: 'Why.' } })).toEqual({
      code: 'reports-clean',
      state: 'unknown',
      evidence: ['Why.'],
      remedy: expect.stringContaining('Let this program read the received reports'),
    }));
});

describe('nothing-pending', () => {
  it('is shut while a change is under way, or another version is served than announced', () => {
    const { domain } = input();
    const change = {
      version: 2,
      purpose: 'set',
      step: 'verify',
      startedAtMs: NOW,
      stepSinceMs: NOW,
      attempts: 0,
      nextAttemptAtMs: NOW,
    } as const;
    expect(gate('nothing-pending', { domain: { ...domain, change } })).toMatchObject({
      state: 'shut',
      evidence: ['Version 2 is on its way since 2026-06-30 12:00 UTC, at step verify.'],
    });
    expect(gate('nothing-pending', { domain: { ...domain, served: 2 } }).state).toBe('shut');
  });
});

describe('served-long', () => {
  const state = (version: PolicyVersion, ...others: readonly PolicyVersion[]): string =>
    gate('served-long', { version, versions: [version, ...others] }).state;

  it('counts the days since testing was first announced, without a break', () => {
    const young = versionOf({ number: 2, announcedAtMs: NOW - DAY });
    expect(state(young)).toBe('shut');
    expect(state(young, versionOf())).toBe('open');
    const none = versionOf({ number: 1, mode: 'none', announcedAtMs: NOW - 2 * DAY });
    expect(state(young, none, versionOf({ number: 0 }))).toBe('shut');
  });

  it('is shut for a version that is not announced, or not in testing', () => {
    const { announcedAtMs: _, ...silent } = versionOf();
    expect(state(silent)).toBe('shut');
    expect(state(versionOf({ mode: 'none' }))).toBe('shut');
  });

  it('opens on the very day', () => {
    expect(state(versionOf({ announcedAtMs: NOW - 14 * DAY }))).toBe('open');
    expect(state(versionOf({ announcedAtMs: NOW - 14 * DAY + 1 }))).toBe('shut');
  });
});
