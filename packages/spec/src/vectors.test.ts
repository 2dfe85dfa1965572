import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseStsPolicy } from './mta-sts/parse-sts-policy.ts';
import type { Issue, ParseOptions, Result } from './text/result.ts';
import { parseStsRecord } from './mta-sts/parse-sts-record.ts';

/** What a `.json` file says of the `.txt` file beside it. */
interface Expectation {
  readonly about: string;
  readonly clauses: readonly string[];
  /** The sender's reading, then the strict one of publishers and auditors. */
  readonly sender: 'accepted' | 'refused';
  readonly strict: 'accepted' | 'refused';
  /** Present where the sender accepts. */
  readonly value?: unknown;
  readonly issues: readonly Pick<Issue, 'code' | 'severity' | 'line'>[];
}

type Parse = (text: string, options?: ParseOptions) => Result<unknown>;

const kinds = [
  // A record's octets are characters, as in the DNS client; a body is UTF-8, its byte order mark kept.
  { kind: 'sts-record', parse: parseStsRecord as Parse, encoding: 'latin1' },
  { kind: 'sts-policy', parse: parseStsPolicy as Parse, encoding: 'utf8' },
] as const;

describe.each(kinds)(
  'the golden vectors of $kind (RFC 8461 §3.1, §3.2)',
  ({ kind, parse, encoding }) => {
    const folder = new URL(`../../../test/vectors/${kind}/`, import.meta.url);
    const files = readdirSync(folder);
    const names = files.filter((file) => file.endsWith('.txt')).map((file) => file.slice(0, -4));

    it('come in pairs', () => {
      expect(files.toSorted()).toEqual(
        names.flatMap((name) => [`${name}.json`, `${name}.txt`]).toSorted(),
      );
      expect(names.length).toBeGreaterThan(20);
    });

    it.each(names)('%s', (name) => {
      const text = readFileSync(new URL(`${name}.txt`, folder), encoding);
      const expected = JSON.parse(
        readFileSync(new URL(`${name}.json`, folder), 'utf8'),
      ) as Expectation;
      expect(expected.clauses.join()).toMatch(/^(?:STS-[\d.]+-\d+,?)+$/);
      const parsed = parse(text);
      expect(parsed.issues.map(({ code, severity, line }) => ({ code, severity, line }))).toEqual(
        expected.issues,
      );
      expect(verdictOf(parsed)).toBe(expected.sender);
      expect(verdictOf(parse(text, { strict: true }))).toBe(expected.strict);
      expect(parsed.ok ? parsed.value : undefined).toEqual(expected.value);
    });
  },
);

function verdictOf(parsed: Result<unknown>): Expectation['sender'] {
  return parsed.ok ? 'accepted' : 'refused';
}
