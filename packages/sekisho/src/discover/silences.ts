import type { Domain } from '@sekisho/spec';

const MOST = 65_536;

/**
 * Since when the DNS has been silent about which domain. Kept apart from the entries, so that a busy memory cannot
 * make a bounded `TEMP` begin anew.
 */
export interface Silences {
  /** When the silence began; now, if it begins now. */
  begin(policyDomain: Domain, nowMs: number): number;
  end(policyDomain: Domain): void;
}

export function createSilences(): Silences {
  const since = new Map<Domain, number>();
  return {
    begin(policyDomain, nowMs) {
      const known = since.get(policyDomain);
      if (known !== undefined) return known;
      if (since.size >= MOST) {
        const [eldest] = since.keys();
        if (eldest !== undefined) since.delete(eldest);
      }
      since.set(policyDomain, nowMs);
      return nowMs;
    },
    end: (policyDomain) => void since.delete(policyDomain),
  };
}
