import type { Domain } from '@sekisho/spec';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Change,
  openMemoryPublishStore,
  type PublishedDomain,
  type PublishStore,
} from '../store/index.ts';
import {
  beginChange,
  type ChangeMove,
  changeUnderWay,
  endDomain,
  nextState,
} from './change-state.ts';

const A = 'a.example' as Domain;

type Act =
  | { readonly kind: 'begin'; readonly purpose: Change['purpose'] }
  | { readonly kind: 'remove' }
  | { readonly kind: 'move'; readonly move: ChangeMove };

const problem = { code: 'x', message: 'X.', remedy: 'Mend.', atMs: 1 };
/** Those that lead on more often, so that many stories come to an end. */
const moves: fc.Arbitrary<ChangeMove> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .constantFrom(
        'served' as const,
        'verified' as const,
        'announced' as const,
        'confirmed' as const,
      )
      .map((kind) => ({ kind })),
  },
  fc.constant({ kind: 'failed', problem, nextAttemptAtMs: 5 } as const),
  fc.constant({ kind: 'abandoned', problem } as const),
);
const purposes = fc.constantFrom<Change['purpose'][]>('set', 'rollback', 'leave');
const acts: fc.Arbitrary<Act> = fc.oneof(
  { weight: 2, arbitrary: purposes.map((purpose) => ({ kind: 'begin', purpose }) as const) },
  { weight: 1, arbitrary: fc.constant({ kind: 'remove' } as const) },
  { weight: 9, arbitrary: moves.map((move) => ({ kind: 'move', move }) as const) },
);

/** What has been seen of the versions, kept beside the machine. */
interface Witness {
  readonly verified: Set<number>;
  readonly purposes: Map<number, Change['purpose']>;
  /** The version whose id was sent to the DNS last; 0 without. */
  sent: number;
}

/** Carries out one act by machine and store, where it is allowed. */
async function perform(store: PublishStore, act: Act, witness: Witness, atMs: number) {
  const found = await store.getDomain(A);
  switch (act.kind) {
    case 'begin': {
      const { purpose } = act;
      const policy = {
        id: `id${atMs}`,
        body: '',
        mode: 'testing',
        maxAgeSeconds: 1,
        mx: [],
      } as const;
      const wanted = { ...policy, createdBy: 'admin', overrides: [], purpose };
      const begun = beginChange(A, found, await store.listVersions(A), wanted, atMs);
      expect(begun.kind === 'busy').toBe(changeUnderWay(found) !== undefined);
      if (begun.kind === 'busy') return;
      witness.purposes.set(begun.commit.added.number, purpose);
      expect(await store.commitChange(found, begun.commit)).toBe(true);
      return;
    }
    case 'move': {
      const moved = found && nextState(found, act.move, atMs);
      if (moved?.kind !== 'next') return;
      if (act.move.kind === 'verified') witness.verified.add(found?.change?.version ?? 0);
      if (act.move.kind === 'announced') witness.sent = found?.change?.version ?? 0;
      if (act.move.kind === 'abandoned') checkAbandoned(found, moved.commit.next);
      expect(await store.commitChange(found, moved.commit)).toBe(true);
      return;
    }
    case 'remove': {
      const ended = found && endDomain(found, atMs);
      if (found === undefined || ended?.kind !== 'next') return;
      expect(await store.removeDomain(found, ended.marks)).toBe(true);
      witness.sent = 0;
    }
  }
}

/** Given up: what senders may have seen last comes back, and nothing of the change stays. */
function checkAbandoned(before: PublishedDomain | undefined, after: PublishedDomain): void {
  const { version, supersedes } = before?.change ?? {};
  expect(after.served).toBe(supersedes?.version ?? before?.announced);
  expect(after.change?.version).toBe(supersedes?.version);
  expect(after.announced).toBe(before?.announced);
  expect(after.lastFailure?.version).toBe(version);
}

/** What must be so of every domain, whatever happened before. */
async function check(store: PublishStore, { verified, purposes: ordered, sent }: Witness) {
  const found = await store.getDomain(A);
  const { served, announced, change, leavingSinceMs } = found ?? {};
  const versions = await store.listVersions(A);
  // RFC 8461 §8.1: no id is sent before its text is given out and was fetched from outside.
  if (change?.step === 'announce' || change?.step === 'confirm') {
    expect(verified).toContain(change.version);
  }
  if (announced !== undefined) expect(verified).toContain(announced);
  // Senders that have seen an id find its text, or that of a later version.
  expect(served ?? 0).toBeGreaterThanOrEqual(sent);
  const before = change?.supersedes?.version ?? announced;
  const isGivenOut = change !== undefined && change.step !== 'serve';
  expect(served).toBe(isGivenOut ? change.version : before);
  expect(leavingSinceMs !== undefined).toBe(ordered.get(announced ?? 0) === 'leave');
  // RFC 8461 §8.3: only what is served has no end, and an end never comes before its beginning.
  for (const { number, servedFromMs, servedUntilMs, announcedAtMs } of versions) {
    const isOpen = servedFromMs !== undefined && servedUntilMs === undefined;
    expect(isOpen).toBe(number === served);
    if (servedUntilMs !== undefined)
      expect(servedUntilMs).toBeGreaterThan(servedFromMs ?? Infinity);
    if (announcedAtMs !== undefined)
      expect(announcedAtMs).toBeGreaterThan(servedFromMs ?? Infinity);
    if (number === announced) expect(announcedAtMs).toBeDefined();
  }
  expect(new Set(versions.map(({ number }) => number)).size).toBe(versions.length);
}

const numbers = fc.integer({ min: 1, max: 4 });
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const changes: fc.Arbitrary<Change> = fc
  .record({
    version: numbers,
    purpose: purposes,
    step: fc.constantFrom<Change['step'][]>('serve', 'verify', 'announce', 'confirm'),
    startedAtMs: fc.nat(),
    stepSinceMs: fc.nat(),
    attempts: fc.nat(),
    nextAttemptAtMs: fc.nat(),
    supersedes: optional(fc.record({ version: numbers, purpose: purposes })),
  })
  .map(({ supersedes, ...rest }) => ({ ...rest, ...(supersedes && { supersedes }) }));

describe('the life of a domain, whatever happens to it', () => {
  it('STS-8.1-3, STS-8.3-1: keeps what senders rely on', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(acts, { minLength: 1, maxLength: 60, size: 'max' }),
        async (story) => {
          const store = await openMemoryPublishStore();
          const witness: Witness = { verified: new Set(), purposes: new Map(), sent: 0 };
          for (const [index, act] of story.entries()) {
            await perform(store, act, witness, 1_000 + index);
            await check(store, witness);
          }
          await store.close();
        },
      ),
      { numRuns: 200 },
    );
  });

  it('is total: from any state, any move leads on or is refused, and changes no other state', () => {
    const domains = fc.record({
      served: optional(numbers),
      announced: optional(numbers),
      change: optional(changes),
    });
    fc.assert(
      fc.property(domains, moves, fc.nat(), ({ served, announced, change }, move, atMs) => {
        const domain: PublishedDomain = Object.freeze({
          domain: A,
          addedAtMs: 0,
          nextProbeAtMs: 0,
          ...(served !== undefined && { served }),
          ...(announced !== undefined && { announced }),
          ...(change !== undefined && { change: Object.freeze(change) }),
        });
        const moved = nextState(domain, move, atMs);
        const ended = endDomain(domain, atMs);
        const begun = changeUnderWay(domain);
        expect(ended.kind).toBe(change === undefined ? 'next' : 'busy');
        if (change === undefined) expect([moved.kind, begun]).toEqual(['refused', undefined]);
        if (moved.kind === 'next') {
          for (const value of Object.values(moved.commit.next)) expect(value).toBeDefined();
          expect(moved.commit.marks.every((mark) => mark.atMs === atMs)).toBe(true);
        }
      }),
    );
  });
});
