import { type Domain, policyHost } from '@sekisho/spec';
import type { Clock } from '../../io/clock/index.ts';
import { IoError } from '../../io/error.ts';
import {
  inspectPair,
  type OwnPairs,
  type PairPaths,
  type PairVerdict,
  type PemPair,
} from '../../io/key-files/index.ts';

/** What a look at the operator's files found. */
export type OwnOutcome =
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'loaded'; readonly notBeforeMs: number; readonly notAfterMs: number }
  /** What was loaded before stays in use. */
  | { readonly kind: 'bad'; readonly code: string; readonly message: string };

/** Certificates that the operator keeps in files of their own, and renews there. */
export interface OwnCertificates {
  has(domain: Domain): boolean;
  domains(): readonly Domain[];
  /** Reads the files when they have changed since the last look. */
  look(domain: Domain): Promise<OwnOutcome>;
  /** The last pair that was good; looks for one when there is none yet. */
  load(domain: Domain): Promise<PemPair | undefined>;
}

interface Held {
  /** Of the files at the last look. */
  readonly stamp: string;
  readonly pair: PemPair | undefined;
}

export function createOwnCertificates(options: {
  readonly paths: ReadonlyMap<Domain, PairPaths>;
  readonly pairs: OwnPairs;
  readonly clock: Clock;
}): OwnCertificates {
  const { paths, pairs, clock } = options;
  const held = new Map<Domain, Held>();

  const read = async (domain: Domain, at: PairPaths): Promise<OwnOutcome> => {
    const before = held.get(domain);
    const stamp = await pairs.stampOf(at);
    if (stamp === before?.stamp) return { kind: 'unchanged' };
    const pair = await pairs.read(at);
    const verdict = judge(domain, pair, clock.now());
    held.set(domain, { stamp, pair: verdict.kind === 'good' ? pair : before?.pair });
    return verdict.kind === 'good' ? { ...verdict, kind: 'loaded' } : verdict;
  };
  const look = async (domain: Domain): Promise<OwnOutcome> => {
    const at = paths.get(domain);
    if (at === undefined) return { kind: 'unchanged' };
    try {
      return await read(domain, at);
    } catch (error) {
      if (!(error instanceof IoError)) throw error;
      const pair = held.get(domain)?.pair;
      const stamp = `failed: ${error.message}`;
      const isKnown = held.get(domain)?.stamp === stamp;
      held.set(domain, { stamp, pair });
      return isKnown
        ? { kind: 'unchanged' }
        : { kind: 'bad', code: error.code, message: error.message };
    }
  };
  return {
    has: (domain) => paths.has(domain),
    domains: () => [...paths.keys()],
    look,
    async load(domain) {
      // A look of its own would hide the change from the manager, which tells of it.
      if (!held.has(domain)) {
        await look(domain);
        const stale = held.get(domain);
        if (stale !== undefined) held.set(domain, { ...stale, stamp: '' });
      }
      return held.get(domain)?.pair;
    },
  };
}

function judge(domain: Domain, pair: PemPair, nowMs: number): PairVerdict {
  const host = policyHost(domain);
  if (host === undefined)
    return { kind: 'bad', code: 'certificate-name', message: 'the domain can have no policy host' };
  return inspectPair(pair, host, nowMs);
}
