/**
 * Which attributes the operator's Postfix understands. An unknown attribute makes Postfix defer all mail to the
 * domain, so the form must never be ahead of the version.
 *
 * - `bare`: Postfix before 3.4: `match` only.
 * - `servername`: 3.4 and later: SNI as RFC 8461 §7.1 asks.
 * - `sts-attributes`: 3.10 and later: the policy too, for TLSRPT and exact MX matching.
 */
export type AnswerForm = 'bare' | 'servername' | 'sts-attributes';

/** A Postfix release, as far as answers depend on it. */
export interface PostfixVersion {
  readonly major: number;
  readonly minor: number;
}

/** Reads `3.7`, `3.10.5`, `3.11-20250101`; undefined for anything else. */
export function parsePostfixVersion(text: string): PostfixVersion | undefined {
  const match = /^(\d{1,2})\.(\d{1,3})(?:[.-][0-9A-Za-z.-]{1,20})?$/.exec(text);
  return match === null ? undefined : { major: Number(match[1]), minor: Number(match[2]) };
}

/** The richest form that a version understands. */
export function formFor({ major, minor }: PostfixVersion): AnswerForm {
  const isAtLeast = (m: number, n: number): boolean => major > m || (major === m && minor >= n);
  if (isAtLeast(3, 10)) return 'sts-attributes';
  return isAtLeast(3, 4) ? 'servername' : 'bare';
}

/** The map name that always gets the attributes of Postfix 3.10, whatever version is configured. */
export const TLSRPT_MAP_NAME = 'sts-tlsrpt';

/** The form for a map name: `sts-tlsrpt` has every attribute, any other name what the version allows. */
export function formForMap(mapName: string, version: PostfixVersion): AnswerForm {
  return mapName.toLowerCase() === TLSRPT_MAP_NAME ? 'sts-attributes' : formFor(version);
}
