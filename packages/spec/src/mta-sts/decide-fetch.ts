import type { CachedPolicy } from './policy-lifetime.ts';
import { isPolicyFresh } from './policy-lifetime.ts';
import type { StsRecordSet } from './sts-record-set.ts';

/** What looking up the TXT record came to: an answer, be it an empty one, or the DNS could not tell. */
export type RecordLookup = StsRecordSet | { readonly kind: 'unavailable' };

/** The last fetch that failed, for the five minutes of RFC 8461 §3.3. */
export interface FailedFetch {
  /** The TXT id for which it was tried. */
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly atMs: number;
}

/** Whether an HTTPS fetch is due, for which id, or why not. */
export type FetchDecision =
  | { readonly fetch: true; readonly id: string }
  | {
      readonly fetch: false;
      readonly because:
        | 'id-unchanged' // the kept policy is the one announced
        | 'no-record'
        | 'record-unusable' // several records, or an invalid one
        | 'dns-unavailable'
        | 'held-back'; // this id was tried less than five minutes ago
    };

/** Least time between fetches of one id that do not yield a lasting policy, in milliseconds. RFC 8461 §3.3. */
export const HOLD_BACK_MS = 300_000;

/**
 * Decides whether to fetch: a usable record whose id differs from the kept, unexpired policy's, and that id was not
 * tried in the last five minutes. Ids are compared for equality, there is no newer one. RFC 8461 §3.1, §3.3.
 *
 * @example
 * ```ts
 * import { decideFetch, selectStsRecord } from '@sekisho/spec';
 *
 * const record = selectStsRecord(['v=STSv1; id=2;']);
 * assert.deepEqual(decideFetch({ record, nowMs: 0 }), { fetch: true, id: '2' });
 * const lastFailure = { id: '2', atMs: 0 };
 * assert.deepEqual(decideFetch({ record, lastFailure, nowMs: 1 }), { fetch: false, because: 'held-back' });
 * ```
 */
export function decideFetch(input: {
  readonly cached?: CachedPolicy | undefined;
  readonly record: RecordLookup;
  readonly lastFailure?: FailedFetch | undefined;
  readonly nowMs: number;
  /** Default `HOLD_BACK_MS`. */
  readonly holdBackMs?: number | undefined;
}): FetchDecision {
  const { cached, record, lastFailure, nowMs, holdBackMs = HOLD_BACK_MS } = input;
  if (record.kind === 'unavailable') return { fetch: false, because: 'dns-unavailable' };
  if (record.kind === 'none') return { fetch: false, because: 'no-record' };
  if (record.kind !== 'record') return { fetch: false, because: 'record-unusable' };
  const { id } = record.record;
  if (cached?.id === id && isPolicyFresh(cached, nowMs))
    return { fetch: false, because: 'id-unchanged' };
  // A max_age of 0 must not make every delivery fetch, so such a success counts as well.
  const unkept = cached?.policy.maxAgeSeconds === 0 ? cached : undefined;
  const tried = [lastFailure, unkept && { id: unkept.id, atMs: unkept.fetchedAtMs }];
  const isHeldBack = tried.some(
    (fetch) => fetch?.id === id && isWithin(holdBackMs, fetch.atMs, nowMs),
  );
  return isHeldBack ? { fetch: false, because: 'held-back' } : { fetch: true, id };
}

/** A time ahead of the clock does not count: after the clock was set back nothing may be held back for long. */
function isWithin(spanMs: number, atMs: number, nowMs: number): boolean {
  return atMs <= nowMs && nowMs - atMs < spanMs;
}
