import type { Clock } from '../../io/clock/index.ts';

const DOMAINS_IN_A_ROW = 3;
const LONGEST_HOLD_MS = 3_600_000;
const DEFAULT_HOLD_MS = 900_000;

/**
 * Tells a limit on us from a limit on one domain: an authority that refuses three domains in a row for its rate limit
 * means the account, and no more domains are tried until it said it would listen, or an hour has passed.
 */
export interface AuthorityHold {
  /** Until when nothing is asked; undefined when all may go on. */
  untilMs(): number | undefined;
  /** What came of a domain's order. */
  note(domain: string, outcome: { readonly code?: string; readonly retryAfterMs?: number }): void;
}

export function createAuthorityHold(clock: Clock): AuthorityHold {
  let limited = new Map<string, number>();
  let heldUntilMs = 0;
  return {
    untilMs: () => (clock.now() < heldUntilMs ? heldUntilMs : undefined),
    note(domain, { code, retryAfterMs = DEFAULT_HOLD_MS }) {
      if (code !== 'rate-limited') return limited.clear();
      limited.set(domain, retryAfterMs);
      if (limited.size < DOMAINS_IN_A_ROW) return undefined;
      heldUntilMs = clock.now() + Math.min(...limited.values(), LONGEST_HOLD_MS);
      limited = new Map();
      return undefined;
    },
  };
}
