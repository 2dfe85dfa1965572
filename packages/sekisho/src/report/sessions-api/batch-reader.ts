import { escapeText } from '../../io/log/index.ts';

/** What can be wrong with a batch. */
export type SessionProblemCode =
  | 'json-invalid'
  | 'member-missing'
  | 'member-unknown'
  | 'member-type'
  | 'text-length' // empty, or too long
  | 'text-control' // a control character
  | 'list-length'
  | 'value-unknown' // not one of those that are allowed
  | 'count-invalid'
  | 'at-invalid'
  | 'at-out-of-range'
  | 'domain-invalid'
  | 'record-invalid'
  | 'address-invalid'
  | 'uri-invalid'
  | 'problems-omitted'; // there are more of them

/** One thing that must be corrected before a batch is taken. */
export interface SessionProblem {
  /** Where it is, as a JSON path: `$.sessions[3].policy.policy-type`. */
  readonly path: string;
  readonly code: SessionProblemCode;
  /** Both states. Text of others in it is escaped. */
  readonly message: string;
}

const MOST_PROBLEMS = 100;
/** A tab is white space in a TLSRPT record (RFC 8460 §3). */
const CONTROL = /[^\P{Cc}\t]/u;

/** Reads the members of a batch, and gathers what is wrong with them: 100 problems, then only that there are more. */
export interface BatchReader {
  readonly problems: readonly SessionProblem[];
  refuse(path: string, code: SessionProblemCode, message: string): void;
  object(
    path: string,
    value: unknown,
    known: readonly string[],
  ): Readonly<Record<string, unknown>> | undefined;
  /** Empty where it is left out and need not be there. */
  list(
    path: string,
    value: unknown,
    size: { readonly least?: number; readonly most: number },
  ): readonly unknown[];
  text(
    path: string,
    value: unknown,
    demands: { readonly longest: number; readonly isRequired?: boolean },
  ): string | undefined;
  oneOf<T extends string>(path: string, value: unknown, allowed: readonly T[]): T | undefined;
  flag(path: string, value: unknown): boolean;
  /** From 1 to `most`. */
  count(path: string, value: unknown, most: number): number;
}

export function createBatchReader(): BatchReader {
  const problems: SessionProblem[] = [];

  const refuse: BatchReader['refuse'] = (path, code, message) => {
    if (problems.length < MOST_PROBLEMS) problems.push({ path, code, message });
    else if (problems.length === MOST_PROBLEMS)
      problems.push({ path: '$', code: 'problems-omitted', message: 'there are more problems' });
  };

  /** Tells a member of the wrong type; one that is not there only if it must be. */
  const refuseType = (path: string, value: unknown, wanted: string): void => {
    if (value === undefined) refuse(path, 'member-missing', `is missing, must be ${wanted}`);
    else refuse(path, 'member-type', `is ${typeName(value)}, must be ${wanted}`);
  };

  const text: BatchReader['text'] = (path, value, { longest, isRequired = false }) => {
    if (value === undefined && !isRequired) return undefined;
    if (typeof value !== 'string') {
      refuseType(path, value, 'a string');
      return undefined;
    }
    if (value === '' || value.length > longest) {
      refuse(path, 'text-length', `has ${value.length} characters, must have 1 to ${longest}`);
      return undefined;
    }
    if (CONTROL.test(value)) {
      refuse(path, 'text-control', `is ${quoted(value)}, must be without control characters`);
      return undefined;
    }
    return value;
  };

  return {
    problems,
    refuse,
    text,
    object(path, value, known) {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) {
        refuseType(path, value, 'an object');
        return undefined;
      }
      for (const name of Object.keys(value).filter((each) => !known.includes(each)))
        refuse(path, 'member-unknown', `has ${quoted(name)}, may have ${known.join(', ')}`);
      return value as Readonly<Record<string, unknown>>;
    },
    list(path, value, { least = 0, most }) {
      if (value === undefined && least === 0) return [];
      if (!Array.isArray(value)) {
        refuseType(path, value, 'an array');
        return [];
      }
      const isFitting = value.length >= least && value.length <= most;
      if (!isFitting)
        refuse(path, 'list-length', `has ${value.length} members, must have ${least} to ${most}`);
      return isFitting ? (value as readonly unknown[]) : [];
    },
    oneOf(path, value, allowed) {
      const given = text(path, value, { longest: 100, isRequired: true });
      const found = allowed.find((each) => each === given);
      if (given !== undefined && found === undefined)
        refuse(path, 'value-unknown', `is ${quoted(given)}, must be one of ${allowed.join(', ')}`);
      return found;
    },
    flag(path, value) {
      if (typeof value !== 'boolean') refuseType(path, value, 'true or false');
      return value === true;
    },
    count(path, value, most) {
      const isFitting = Number.isSafeInteger(value) && Number(value) >= 1 && Number(value) <= most;
      if (!isFitting)
        refuse(
          path,
          'count-invalid',
          `is ${typeName(value)}, must be an integer from 1 to ${most}`,
        );
      return isFitting ? Number(value) : 1;
    },
  };
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value === 'number') return String(value);
  return Array.isArray(value) ? 'an array' : `of type ${typeof value}`;
}

const LONGEST = 80;

/** Text of others in a message: escaped, and cut to 80 characters. */
export function quoted(text: string): string {
  const shown = `"${escapeText(text.slice(0, LONGEST))}"`;
  return text.length > LONGEST ? `${shown} (cut)` : shown;
}
