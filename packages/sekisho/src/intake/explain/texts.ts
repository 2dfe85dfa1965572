import type { Evidence, FindingCode } from './finding.ts';

/** What a text can speak of. Everything is escaped. */
export type Facts = Evidence & {
  readonly domain: string;
  /** Host that serves the policy (RFC 8461 §3.3). */
  readonly policyHost: string;
};

/** All that is said in one language. */
export interface Texts {
  readonly findings: Readonly<
    Record<
      FindingCode,
      { readonly meaning: (facts: Facts) => string; readonly remedy: (facts: Facts) => string }
    >
  >;
  /** When, how often, and who saw it; with a space before it where the language has one. */
  readonly seen: (facts: Facts) => string;
  /** What became of the mail. */
  readonly effect: (facts: Facts) => string;
}
