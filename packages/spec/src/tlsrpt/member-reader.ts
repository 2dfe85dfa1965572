import type { IssueList } from '../text/issue-list.ts';
import { quote } from '../text/quote.ts';
import type { TlsReportIssueCode } from './tls-report.ts';
import { WIRE_ALIASES, type WireName } from './wire-names.ts';

export type ReportIssues = IssueList<TlsReportIssueCode>;

const LONGEST_COUNT = 16;

/** Reads members of one JSON object, repairs what is beyond doubt, and notes each repair. */
export interface MemberReader {
  /** Where the object stands, such as `policies[0].policy`. */
  readonly path: string;
  /** The raw value; undefined for what is absent or null. */
  raw(name: WireName): unknown;
  /** A text that says something; an empty one counts as absent. */
  text(name: WireName): string | undefined;
  /** A whole number from 0 on: 0 when absent, undefined (and nothing noted) when it is no count. */
  count(name: WireName): number | undefined;
  object(name: WireName): MemberReader | undefined;
  note(
    code: TlsReportIssueCode,
    severity: 'error' | 'tolerated' | 'warning' | 'notice',
    why: string,
  ): void;
}

/** Undefined unless `value` is a JSON object. */
export function createMemberReader(
  value: unknown,
  path: string,
  issues: ReportIssues,
): MemberReader | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const members = value as Readonly<Record<string, unknown>>;
  const at = (name: string): string => (path === '' ? name : `${path}.${name}`);
  // Names such as __proto__ are members like any other.
  const own = (name: string): unknown =>
    Object.hasOwn(members, name) ? (members[name] ?? undefined) : undefined;

  const raw = (name: WireName): unknown => {
    const found = own(name);
    if (found !== undefined) return found;
    const alias = WIRE_ALIASES[name]?.find((candidate) => own(candidate) !== undefined);
    if (alias === undefined) return undefined;
    issues.add('member-alias', 'tolerated', () => `${at(alias)} is read as ${name}`);
    return own(alias);
  };

  return {
    path,
    raw,
    text(name) {
      const given = raw(name);
      if (given === undefined) return undefined;
      if (typeof given !== 'string') {
        issues.add('member-type', 'tolerated', () => `${at(name)} is no text and is left out`);
        return undefined;
      }
      if (given.trim() !== '') return given;
      issues.add('text-empty', 'tolerated', () => `${at(name)} is empty and is left out`);
      return undefined;
    },
    count(name) {
      const given = raw(name);
      if (given === undefined) {
        issues.add('count-missing', 'tolerated', () => `${at(name)} is missing, is read as 0`);
        return 0;
      }
      const isText = typeof given === 'string' && /^[0-9]{1,15}$/.test(given.trim());
      if (isText)
        issues.add('count-text', 'tolerated', () => `${at(name)} is a text, must be a number`);
      const number = isText ? Number(given) : given;
      return Number.isSafeInteger(number) && Number(number) >= 0 ? Number(number) : undefined;
    },
    object: (name) => createMemberReader(raw(name), at(name), issues),
    note: (code, severity, why) =>
      issues.add(code, severity, () => (path === '' ? why : `${path}: ${why}`)),
  };
}

/** A JSON value of any kind, for a message. */
export function quoteValue(value: unknown): string {
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'number') return String(value).slice(0, LONGEST_COUNT);
  return Array.isArray(value) ? 'a list' : typeof value;
}
