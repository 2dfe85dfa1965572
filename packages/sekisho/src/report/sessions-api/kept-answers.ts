const MOST_KEYS = 10_000;
const KEPT_MS = 86_400_000;

/** What became of a request that had an idempotency key. */
export interface KeptAnswer {
  /** Of its body. */
  readonly digest: string;
  /** Resolves when the sessions are kept; the same request waits for it. */
  readonly added: Promise<void>;
}

/** Answers under their keys: for a day, and at most 10,000, of which the eldest go first. A restart forgets them. */
export interface KeptAnswers {
  find(key: string, nowMs: number): KeptAnswer | undefined;
  /** Forgotten again if its promise rejects: the request may then be repeated. */
  keep(key: string, answer: KeptAnswer, nowMs: number): void;
}

export function createKeptAnswers(): KeptAnswers {
  const kept = new Map<string, KeptAnswer & { readonly untilMs: number }>();
  return {
    find(key, nowMs) {
      const answer = kept.get(key);
      return answer !== undefined && nowMs < answer.untilMs ? answer : undefined;
    },
    keep(key, answer, nowMs) {
      kept.delete(key);
      const entry = { ...answer, untilMs: nowMs + KEPT_MS };
      kept.set(key, entry);
      const [eldest] = kept.keys();
      if (kept.size > MOST_KEYS && eldest !== undefined) kept.delete(eldest);
      answer.added.catch(() => {
        if (kept.get(key) === entry) kept.delete(key);
      });
    },
  };
}
