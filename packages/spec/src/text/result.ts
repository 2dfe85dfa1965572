/**
 * What a parser says about a text: the value where there is one, and every issue found on the way.
 *
 * - `error`: nobody may use the text.
 * - `tolerated`: outside the grammar, but the meaning is beyond doubt; a sender accepts it, a strict
 *   reading (publisher, auditor) refuses it.
 * - `warning`: valid, but the publisher most likely did not mean it.
 * - `notice`: valid, worth knowing (an unknown field, an unrelated record).
 */
export type Severity = 'error' | 'tolerated' | 'warning' | 'notice';

/** One finding in a text. `Code` is a closed kebab-case union that each parser declares. */
export interface Issue<Code extends string = string> {
  readonly code: Code;
  readonly severity: Severity;
  /** One sentence for the postmaster: the action and both states. May quote remote text: escape it. */
  readonly message: string;
  /** The clause that is touched, such as `RFC 8461 §3.2`. */
  readonly ref: string;
  /** Line of the text, from 1; absent where the text has no lines. */
  readonly line?: number;
}

/** A parsed value with the issues that did not prevent it, or all the issues that did. */
export type Result<T, I extends Issue = Issue> =
  | { readonly ok: true; readonly value: T; readonly issues: readonly I[] }
  | { readonly ok: false; readonly issues: readonly I[] };

/** How a parser judges what is outside the grammar but beyond doubt. */
export interface ParseOptions {
  /** `true` refuses what is merely `tolerated`. Default `false`: the sender's reading. */
  readonly strict?: boolean;
}

/** Ends a parser: a value only if no issue forbids it under the reading asked for. */
export function toResult<T, I extends Issue>(
  value: T | undefined,
  issues: readonly I[],
  { strict = false }: ParseOptions = {},
): Result<T, I> {
  const refused = issues.some(
    ({ severity }) => severity === 'error' || (strict && severity === 'tolerated'),
  );
  return refused || value === undefined ? { ok: false, issues } : { ok: true, value, issues };
}
