import type { Domain } from '@sekisho/spec';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PolicyVersion } from '../store/index.ts';
import { heldUntilMs, planMigration, unmatchedHosts, whatHoldersDo } from './index.ts';

const DAY = 86_400_000;
const HOUR = 3_600_000;
const NOW = Date.UTC(2026, 0, 31);

function versionOf(number: number, changes: Partial<PolicyVersion> = {}): PolicyVersion {
  return {
    domain: 'a.test' as Domain,
    number,
    id: `id${number}`,
    body: '',
    mode: 'enforce',
    maxAgeSeconds: 604_800,
    mx: ['old.a.test'],
    createdAtMs: 0,
    createdBy: 'admin',
    overrides: [],
    servedFromMs: NOW - 100 * DAY,
    announcedAtMs: NOW - 100 * DAY,
    ...changes,
  };
}

function plan(
  versions: readonly PolicyVersion[],
  liveMx: readonly string[],
  newMx: readonly string[],
  changes: Partial<Parameters<typeof planMigration>[0]> = {},
) {
  const announced = versions.find(({ announcedAtMs }) => announcedAtMs !== undefined);
  const times = { nowMs: NOW, txtTtlSeconds: 300, mxTtlSeconds: 3_600 };
  return planMigration({ versions, announced, liveMx, newMx, ...times, ...changes });
}

const kinds = ({ steps }: ReturnType<typeof plan>) => steps.map(({ kind }) => kind);
const dates = ({ steps }: ReturnType<typeof plan>) =>
  steps.map(({ atMs, untilMs }) => [atMs - NOW, ...(untilMs === undefined ? [] : [untilMs - NOW])]);

describe('planMigration (RFC 8461 §8.1)', () => {
  it('STS-8.1-2: adds, waits for the holders, moves, waits for the DNS, drops', () => {
    const result = plan([versionOf(1)], ['old.a.test'], ['new.b.test']);
    const heldMs = 7 * DAY + 60_000;
    expect(kinds(result)).toEqual([
      'add-patterns',
      'wait-for-holders',
      'move-mx',
      'wait-for-mx',
      'drop-patterns',
    ]);
    expect(dates(result)).toEqual([
      [0],
      [0, heldMs],
      [heldMs],
      [heldMs, heldMs + HOUR],
      [heldMs + HOUR],
    ]);
    expect(result.steps.map(({ mx }) => mx)).toEqual([
      ['old.a.test', 'new.b.test'],
      undefined,
      ['new.b.test'],
      undefined,
      ['new.b.test'],
    ]);
    expect(result.verdict).toBe('in-steps');
    expect(result.summary).toBe(
      'The MX records may be changed on 2026-02-07 00:01 UTC, after the steps before it.',
    );
    expect(result.warnings).toEqual([]);
  });

  it('STS-8.1-1: waits for an older version with a longer max_age too', () => {
    const older = versionOf(1, {
      maxAgeSeconds: 30 * 86_400,
      servedUntilMs: NOW - DAY,
    });
    const result = plan([versionOf(2), older], ['old.a.test'], ['old.a.test', 'new.b.test']);
    expect(dates(result)).toEqual([[0], [0, 29 * DAY + 60_000], [29 * DAY + 60_000]]);
    expect(result.steps[1]?.message).toBe(
      'Wait until 2026-03-01 00:01 UTC: version 2 may be held until 2026-02-07 00:01 UTC; version 1 may be held until 2026-03-01 00:01 UTC, and refuses a new host (RFC 8461 §8.1).',
    );
  });

  it('STS-8.1-1: waits for the TXT record where that is longer', () => {
    const version = versionOf(1, { maxAgeSeconds: 60 });
    const result = plan([version], ['old.a.test'], ['new.b.test'], { txtTtlSeconds: 86_400 });
    expect(result.steps[1]?.untilMs).toBe(NOW + DAY);
  });

  it('halfway: the pattern is added, only the rest of the wait remains', () => {
    const versions = [
      versionOf(2, {
        mx: ['old.a.test', 'new.b.test'],
        servedFromMs: NOW - 5 * DAY,
        announcedAtMs: NOW - 5 * DAY,
      }),
      versionOf(1, { servedUntilMs: NOW - 5 * DAY }),
    ];
    const result = plan(versions, ['old.a.test'], ['new.b.test']);
    expect(kinds(result)).toEqual(['wait-for-holders', 'move-mx', 'wait-for-mx', 'drop-patterns']);
    expect(result.steps[0]?.untilMs).toBe(NOW + 2 * DAY + 60_000);
  });

  it('is safe already when nobody holds a policy that refuses', () => {
    const versions = [
      versionOf(3, { mx: ['*.a.test'] }),
      versionOf(2, { mode: 'testing', servedUntilMs: NOW }),
      versionOf(1, { servedUntilMs: NOW - 8 * DAY }),
    ];
    const result = plan(versions, ['old.a.test'], ['new.a.test']);
    expect(result).toMatchObject({ verdict: 'already-safe', warnings: [] });
    expect(kinds(result)).toEqual(['move-mx', 'wait-for-mx']);
    expect(dates(result)).toEqual([[0], [0, HOUR]]);
  });

  it('in testing adds the pattern and waits for nobody', () => {
    const result = plan([versionOf(1, { mode: 'testing' })], ['old.a.test'], ['new.b.test']);
    expect(kinds(result)).toEqual(['add-patterns', 'move-mx', 'wait-for-mx', 'drop-patterns']);
    expect(result.steps[1]?.atMs).toBe(NOW);
  });

  it.each([
    ['none', [versionOf(1, { mode: 'none', mx: [] })]],
    ['no policy', []],
  ])('with %s MX hosts move freely', (_title, versions) => {
    const result = plan(versions, ['old.a.test'], ['new.b.test']);
    expect(result.verdict).toBe('already-safe');
    expect(kinds(result)).toEqual(['move-mx', 'wait-for-mx']);
  });

  it('with none after enforce the old holders still count', () => {
    const versions = [
      versionOf(2, { mode: 'none', mx: [], servedFromMs: NOW - DAY, announcedAtMs: NOW - DAY }),
      versionOf(1, { servedUntilMs: NOW - DAY }),
    ];
    const result = plan(versions, ['old.a.test'], ['new.b.test']);
    expect(kinds(result)).toEqual(['wait-for-holders', 'move-mx', 'wait-for-mx']);
    expect(result.steps[0]?.untilMs).toBe(NOW + 6 * DAY + 60_000);
  });

  it('says when nothing is needed', () => {
    const result = plan([versionOf(1)], ['old.a.test'], ['old.a.test']);
    expect(result).toMatchObject({ verdict: 'nothing-needed', steps: [] });
  });

  it('only drops what is left over from a move that is done', () => {
    const version = versionOf(1, { mx: ['old.a.test', 'new.b.test'] });
    const result = plan([version], ['new.b.test'], ['new.b.test']);
    expect(result.verdict).toBe('already-safe');
    expect(kinds(result)).toEqual(['drop-patterns']);
    expect(dates(result)).toEqual([[HOUR]]);
  });

  it('a host that only goes needs no wait for policies', () => {
    const version = versionOf(1, { mx: ['old.a.test', 'new.b.test'] });
    const result = plan([version], ['old.a.test', 'new.b.test'], ['new.b.test']);
    expect(kinds(result)).toEqual(['move-mx', 'wait-for-mx', 'drop-patterns']);
  });

  it('a move that came too early is told, with its end', () => {
    const version = versionOf(2, { mx: ['new.b.test'], servedFromMs: NOW, announcedAtMs: NOW });
    const versions = [version, versionOf(1, { servedUntilMs: NOW })];
    const result = plan(versions, ['new.b.test'], ['new.b.test']);
    expect(result.verdict).toBe('in-steps');
    expect(result.warnings).toEqual([
      'A sender that holds version 1 refuses new.b.test, and knows no other host; it may hold it until 2026-02-07 00:01 UTC.',
    ]);
  });

  it('tells how many senders are known to hold what is waited for', () => {
    const fetch = { domain: 'a.test' as Domain, id: 'id1', userAgent: '', count: 1, firstAtMs: 0 };
    const fetches = ['192.0.2.1', '192.0.2.2'].map((address) => ({
      ...fetch,
      address,
      lastAtMs: NOW - HOUR,
    }));
    const result = plan([versionOf(1)], ['old.a.test'], ['new.b.test'], { fetches });
    expect(result.steps[1]?.message).toContain('held by 2 known senders at least until');
  });

  it('no holder refuses a new host once its date has come, whatever the history', () => {
    const hosts = ['a.x.test', 'b.x.test', 'c.y.test'];
    const patterns = [...hosts, '*.x.test', '*.y.test'];
    const some = (from: readonly string[]) => fc.subarray([...from], { minLength: 1 });
    const history = fc.array(
      fc.record({
        mode: fc.constantFrom('enforce' as const, 'testing' as const, 'none' as const),
        mx: some(patterns),
        maxAgeSeconds: fc.integer({ min: 0, max: 40 * 86_400 }),
        days: fc.integer({ min: 1, max: 30 }),
      }),
      { minLength: 1, maxLength: 5 },
    );
    fc.assert(
      fc.property(history, some(hosts), some(hosts), (entries, liveMx, newMx) => {
        let endMs: number | undefined;
        const versions = entries.map(({ days, ...policy }, place) => {
          const fromMs = (endMs ?? NOW) - days * DAY;
          const version = versionOf(entries.length - place, {
            ...policy,
            servedFromMs: fromMs,
            announcedAtMs: fromMs,
            ...(endMs !== undefined && { servedUntilMs: endMs }),
          });
          endMs = fromMs;
          return version;
        });
        const { steps, verdict } = plan(versions, liveMx, newMx);
        const added = steps.find(({ kind }) => kind === 'add-patterns');
        const moved = steps.find(({ kind }) => kind === 'move-mx');
        const atMs = moved?.atMs ?? NOW;
        const then = versions.map((version) =>
          added !== undefined && version.servedUntilMs === undefined
            ? { ...version, servedUntilMs: NOW }
            : version,
        );
        if (moved !== undefined) {
          const refusing = then.filter(
            (version) =>
              version.mode === 'enforce' &&
              heldUntilMs(version) > atMs &&
              unmatchedHosts(version.mx, newMx).length > 0,
          );
          expect(refusing).toEqual([]);
        }
        if (added !== undefined) expect(unmatchedHosts(added.mx ?? [], newMx)).toEqual([]);
        const dropped = steps.find(({ kind }) => kind === 'drop-patterns');
        if (dropped !== undefined) expect(unmatchedHosts(dropped.mx ?? [], newMx)).toEqual([]);
        const dated = steps.map((step) => step.atMs);
        expect(dated).toEqual(dated.toSorted((a, b) => a - b));
        expect(verdict === 'nothing-needed').toBe(steps.length === 0);
      }),
    );
  });
});

describe('whatHoldersDo (RFC 8461 §5)', () => {
  it('STS-4.1-2: says for each held version what becomes of mail to each MX', () => {
    const versions = [
      versionOf(4),
      versionOf(3, { mode: 'testing', servedUntilMs: NOW }),
      versionOf(2, { mode: 'none', mx: [], servedUntilMs: NOW - DAY }),
      versionOf(1, { servedUntilMs: NOW - 30 * DAY }),
    ];
    const mxHosts = ['old.a.test', 'new.b.test'];
    const found = whatHoldersDo({ versions, mxHosts, nowMs: NOW });
    expect(found.map(({ version, untilMs }) => [version.number, untilMs])).toEqual([
      [4, undefined],
      [3, NOW + 7 * DAY + 60_000],
      [2, NOW + 6 * DAY + 60_000],
    ]);
    expect(found.map(({ hosts }) => hosts.map(({ does }) => does))).toEqual([
      ['deliver', 'refuse'],
      ['deliver', 'deliver-and-report'],
      ['deliver', 'deliver'],
    ]);
    expect(found[0]?.hosts[0]).toEqual({
      mxHost: 'old.a.test',
      does: 'deliver',
      pattern: 'old.a.test',
    });
  });
});
