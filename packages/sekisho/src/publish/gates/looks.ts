import type { ProbeRecord } from '../store/index.ts';

/** What one look at an MX host, at all its addresses together, shows. */
export interface Look {
  readonly atMs: number;
  /**
   * `clean`: a sender in `enforce` would have delivered, at each address that we reach.
   * `failed`: not so at one address at least. `unsure`: the DNS did not tell all, or we have no route.
   */
  readonly verdict: 'clean' | 'failed' | 'unsure';
  readonly records: readonly ProbeRecord[];
}

/** Findings that tell of this machine or of the resolver, and nothing of the MX. */
const SAYS_NOTHING: ReadonlySet<string> = new Set(['no-route', 'dns-failed']);

/** Whether a finding speaks against the MX host. */
export function isFailure(code: string): boolean {
  return code !== 'ok' && !SAYS_NOTHING.has(code);
}

/** The looks at one host, newest first: records of the same moment belong together. */
export function listLooks(probes: readonly ProbeRecord[], mxHost: string): Look[] {
  const moments = new Map<number, ProbeRecord[]>();
  for (const probe of probes) {
    if (probe.mxHost !== mxHost) continue;
    const records = moments.get(probe.atMs) ?? [];
    records.push(probe);
    moments.set(probe.atMs, records);
  }
  return [...moments]
    .map(([atMs, records]) => ({ atMs, records, verdict: judge(records) }))
    .toSorted((a, b) => b.atMs - a.atMs);
}

/** An address of which the DNS did not tell may be the one that fails: such a look proves nothing. */
function judge(records: readonly ProbeRecord[]): Look['verdict'] {
  const codes = records.map(({ code }) => code);
  if (codes.some(isFailure)) return 'failed';
  return codes.includes('ok') && !codes.includes('dns-failed') ? 'clean' : 'unsure';
}
