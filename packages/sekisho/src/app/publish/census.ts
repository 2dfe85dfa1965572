import type { ChangeStep, PolicyVersion, PublishStore } from '../../publish/store/index.ts';
import type { StsMode } from '@sekisho/spec';
import { unmatchedHosts } from '../../publish/index.ts';

/** Published domains, counted. */
export interface Census {
  readonly byMode: Readonly<Record<StsMode | 'unserved', number>>;
  readonly byStep: Readonly<Record<ChangeStep, number>>;
  /** Changes whose last attempt failed. */
  readonly withProblem: number;
  readonly leaving: number;
  /** Domains with a live MX host that their policy does not match. */
  readonly unmatched: number;
}

const PAGE = 200;
/** Whoever asks more often gets the same numbers. */
const LIFE_MS = 10_000;

/** Counts a page at a time, and lets others work between pages. */
export function createCensus(store: PublishStore): () => Promise<Census> {
  let last: { readonly atMs: number; readonly counting: Promise<Census> } | undefined;
  return () => {
    if (last === undefined || performance.now() - last.atMs > LIFE_MS) {
      const counting = count(store);
      last = { atMs: performance.now(), counting };
      counting.catch(() => (last = undefined));
    }
    return last.counting;
  };
}

async function count(store: PublishStore): Promise<Census> {
  const byMode = { enforce: 0, testing: 0, none: 0, unserved: 0 };
  const byStep = { serve: 0, verify: 0, announce: 0, confirm: 0 };
  let withProblem = 0;
  let leaving = 0;
  let unmatched = 0;
  let page = await store.listDomains({ limit: PAGE });
  for (let end = page.at(-1); end !== undefined; end = page.at(-1)) {
    for (const { domain, change, leavingSinceMs, liveMx } of page) {
      const served = await store.getServed(domain);
      byMode[served?.mode ?? 'unserved'] += 1;
      if (isUnmatched(served, liveMx?.hosts)) unmatched += 1;
      if (change !== undefined) byStep[change.step] += 1;
      if (change?.problem !== undefined) withProblem += 1;
      if (leavingSinceMs !== undefined) leaving += 1;
    }
    await new Promise((done) => setImmediate(done));
    page = await store.listDomains({ after: end.domain, limit: PAGE });
  }
  return { byMode, byStep, withProblem, leaving, unmatched };
}

function isUnmatched(
  served: PolicyVersion | undefined,
  hosts: readonly string[] | undefined,
): boolean {
  if (served === undefined || served.mode === 'none' || hosts === undefined) return false;
  return unmatchedHosts(served.mx, hosts).length > 0;
}
