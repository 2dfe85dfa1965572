import type { Domain } from '@sekisho/spec';
import { describe, expect, it } from 'vitest';
import type { PolicyVersion, PublishedDomain, VersionMark } from '../store/index.ts';
import {
  beginChange,
  type ChangeMove,
  changeUnderWay,
  endDomain,
  type NewVersion,
  nextState,
} from './change-state.ts';

const A = 'a.example' as Domain;
const PROBLEM = { code: 'fetch-failed', message: 'It failed.', remedy: 'Mend.', atMs: 7 };
const ABANDONED: ChangeMove = { kind: 'abandoned', problem: PROBLEM };
const ALL = ['served', 'verified', 'announced', 'confirmed'] as const;

/** A domain, and what was noted of its versions. */
interface Standing {
  readonly domain: PublishedDomain | undefined;
  readonly versions: readonly PolicyVersion[];
  readonly marks: readonly VersionMark[];
}

const NOTHING: Standing = { domain: undefined, versions: [], marks: [] };

function wanted(changes: Partial<NewVersion> = {}): NewVersion {
  return {
    id: 'one',
    body: 'one',
    mode: 'testing',
    maxAgeSeconds: 86_400,
    mx: ['mx.example'],
    createdBy: 'admin',
    overrides: [],
    purpose: 'set',
    ...changes,
  };
}

function begin(from: Standing, atMs: number, purpose: NewVersion['purpose'] = 'set'): Standing {
  const begun = beginChange(A, from.domain, from.versions, wanted({ purpose }), atMs);
  if (begun.kind === 'busy') throw new Error('busy');
  const { next, added } = begun.commit;
  return { domain: next, versions: [added, ...from.versions], marks: from.marks };
}

function move(from: Standing, atMs: number, ...moves: (ChangeMove | (typeof ALL)[number])[]) {
  return moves.reduce<Standing>(({ domain, versions, marks }, each) => {
    const kind = typeof each === 'string' ? { kind: each } : each;
    const moved = domain && nextState(domain, kind, atMs);
    if (moved?.kind !== 'next') throw new Error(`refused: ${kind.kind}`);
    return { domain: moved.commit.next, versions, marks: [...marks, ...moved.commit.marks] };
  }, from);
}

function marksOf({ marks }: Standing): readonly string[] {
  return marks.map(({ kind, number, atMs }) => `${kind} ${number} ${atMs}`);
}

describe('beginChange', () => {
  it('adds the domain, version 1 and a change at step serve', () => {
    const begun = beginChange(A, undefined, [], wanted({ reason: 'because' }), 1_000);
    const { purpose: _purpose, ...rest } = wanted({ reason: 'because' });
    expect(begun).toEqual({
      kind: 'next',
      commit: {
        added: { ...rest, domain: A, number: 1, createdAtMs: 1_000 },
        next: {
          domain: A,
          addedAtMs: 1_000,
          nextProbeAtMs: 1_000,
          change: {
            version: 1,
            purpose: 'set',
            step: 'serve',
            startedAtMs: 1_000,
            stepSinceMs: 1_000,
            attempts: 0,
            nextAttemptAtMs: 1_000,
          },
        },
        marks: [],
      },
    });
  });

  it('goes on with the numbers of a domain that was removed', () => {
    const begun = beginChange(A, undefined, [{ number: 2 }, { number: 1 }], wanted(), 1_000);
    expect(begun).toMatchObject({ commit: { added: { number: 3 }, next: { addedAtMs: 1_000 } } });
  });

  it.each([
    ['serve', []],
    ['verify', ['served']],
    ['announce', ['served', 'verified']],
  ] as const)('waits for a change at step %s', (step, moves) => {
    const { domain, versions } = move(begin(NOTHING, 1_000), 1_000, ...moves);
    expect(changeUnderWay(domain)).toMatchObject({ step });
    const begun = beginChange(A, domain, versions, wanted(), 2_000);
    expect(begun).toMatchObject({ kind: 'busy', change: { version: 1, step } });
  });

  it('supersedes a change at confirm, which goes on when that one is abandoned', () => {
    const first = move(begin(NOTHING, 1_000), 1_000, ...ALL);
    const atConfirm = move(begin(first, 2_000, 'rollback'), 2_000, ...ALL.slice(0, 3));
    expect(changeUnderWay(atConfirm.domain)).toBeUndefined();
    const third = move(begin(atConfirm, 3_000), 3_000, 'served');
    const supersedes = { version: 2, purpose: 'rollback' };
    expect(third.domain?.change).toMatchObject({ version: 3, supersedes });
    const back = move(third, 4_000, ABANDONED);
    expect(back.domain).toMatchObject({
      served: 2,
      announced: 1,
      change: { ...supersedes, step: 'confirm', nextAttemptAtMs: 4_000 },
    });
    expect(back.domain?.change).not.toHaveProperty('supersedes');
    const fourth = move(begin(back, 5_000), 5_000, ...ALL);
    expect(fourth.domain).toMatchObject({ served: 4, announced: 4 });
  });
});

describe('nextState (RFC 8461 §8.1)', () => {
  it('STS-8.1-3: leads a change from the body served to the id announced', () => {
    const served = move(begin(NOTHING, 1_000), 1_000, 'served');
    expect(served.domain).toMatchObject({ served: 1, change: { step: 'verify' } });
    const announced = move(move(served, 2_000, 'verified'), 3_000, 'announced');
    expect(announced.domain).toMatchObject({ change: { step: 'confirm', stepSinceMs: 3_000 } });
    const done = move(announced, 4_000, 'confirmed');
    expect(done.domain).toEqual({
      domain: A,
      addedAtMs: 1_000,
      nextProbeAtMs: 1_000,
      served: 1,
      announced: 1,
    });
    expect(marksOf(done)).toEqual(['served 1 1000', 'announced 1 4000']);
  });

  it('STS-8.3-1: a version that makes room for another has an end', () => {
    const first = move(begin(NOTHING, 1_000), 1_000, ...ALL);
    const second = move(begin(first, 2_000), 2_000, 'served');
    expect(marksOf(second).slice(2)).toEqual(['withdrawn 1 2000', 'served 2 2000']);
  });

  it.each<[string, readonly (typeof ALL)[number][], ChangeMove['kind'][]]>([
    ['serve', [], ['verified', 'announced', 'confirmed']],
    ['verify', ['served'], ['served', 'announced', 'confirmed']],
    ['announce', ['served', 'verified'], ['served', 'verified', 'confirmed']],
    [
      'confirm',
      ['served', 'verified', 'announced'],
      ['served', 'verified', 'announced', 'abandoned'],
    ],
    ['none', ALL, [...ALL, 'failed', 'abandoned']],
  ])('refuses at step %s what does not leave it', (_step, before, refused) => {
    const { domain } = move(begin(NOTHING, 1_000), 1_000, ...before);
    if (domain === undefined) throw new Error('no domain');
    for (const kind of refused) {
      const each = { kind, problem: PROBLEM, nextAttemptAtMs: 9 } as ChangeMove;
      expect(nextState(domain, each, 2_000)).toEqual({ kind: 'refused' });
    }
  });

  it('counts failures at the present step, and forgets them at the next', () => {
    const failed: ChangeMove = { kind: 'failed', problem: PROBLEM, nextAttemptAtMs: 9_000 };
    const twice = move(begin(NOTHING, 1_000), 1_000, 'served', failed, failed);
    expect(twice.domain?.change).toMatchObject({
      step: 'verify',
      stepSinceMs: 1_000,
      attempts: 2,
      nextAttemptAtMs: 9_000,
      problem: PROBLEM,
    });
    const { change } = move(twice, 4_000, 'verified').domain ?? {};
    expect(change).toMatchObject({ attempts: 0, nextAttemptAtMs: 4_000 });
    expect(change).not.toHaveProperty('problem');
  });

  it('gives out the announced version again when a change is abandoned', () => {
    const first = move(begin(NOTHING, 1_000), 1_000, ...ALL);
    const second = move(begin(first, 2_000), 2_000, 'served', 'verified');
    const back = move(second, 3_000, ABANDONED);
    expect(back.domain).toMatchObject({
      served: 1,
      announced: 1,
      lastFailure: { ...PROBLEM, version: 2 },
    });
    expect(back.domain).not.toHaveProperty('change');
    expect(marksOf(back).slice(-2)).toEqual(['withdrawn 2 3000', 'served 1 3000']);
    const third = move(begin(back, 4_000), 4_000, ...ALL);
    expect(third.domain).not.toHaveProperty('lastFailure');
  });

  it('gives out nothing when the first change is abandoned', () => {
    const served = move(begin(NOTHING, 1_000), 1_000, 'served');
    const back = move(served, 2_000, ABANDONED);
    expect(back.domain).not.toHaveProperty('served');
    expect(marksOf(back)).toEqual(['served 1 1000', 'withdrawn 1 2000']);
  });

  it('withdraws nothing when a change is abandoned before it was served', () => {
    const first = move(begin(NOTHING, 1_000), 1_000, ...ALL);
    const back = move(begin(first, 2_000), 3_000, ABANDONED);
    expect(back.domain).toMatchObject({ served: 1 });
    expect(back.marks).toEqual(first.marks);
  });

  it('STS-8.3-1: notes since when a domain is leaving, until another policy is announced', () => {
    const leaving = move(begin(NOTHING, 1_000, 'leave'), 1_000, ...ALL);
    expect(leaving.domain).toMatchObject({ leavingSinceMs: 1_000 });
    const back = move(begin(leaving, 2_000), 2_000, ...ALL);
    expect(back.domain).not.toHaveProperty('leavingSinceMs');
  });
});

describe('endDomain (RFC 8461 §8.3)', () => {
  it('withdraws what is served', () => {
    const { domain } = move(begin(NOTHING, 1_000), 1_000, ...ALL);
    const marks = [{ kind: 'withdrawn', number: 1, atMs: 9_000 }];
    expect(domain && endDomain(domain, 9_000)).toEqual({ kind: 'next', marks });
  });

  it('waits for a change at any step, also at confirm', () => {
    const { domain } = move(begin(NOTHING, 1_000), 1_000, ...ALL.slice(0, 3));
    expect(domain && endDomain(domain, 9_000)).toMatchObject({ kind: 'busy' });
  });
});
