import { escapeText } from '../log/index.ts';
import type { AcmeFailure, AcmeFailureCode, AcmeResult } from './acme-client.ts';

/** Carries a closed failure code from the step that failed to the border of the client, which turns it into a value. */
export class AcmeFault extends Error {
  override readonly name = 'AcmeFault';
  readonly code: AcmeFailureCode;
  readonly retryAfterMs: number | undefined;

  /** @param message what was seen; text of the authority in it is escaped already. */
  constructor(code: AcmeFailureCode, message: string, retryAfterMs?: number) {
    super(message);
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}

/**
 * Runs a call and gives its outcome as a value.
 *
 * @throws whatever is not an `AcmeFault`: an error of ours, not of the authority.
 */
export async function toAcmeResult<T>(run: () => Promise<T>): Promise<AcmeResult<T>> {
  try {
    return { kind: 'done', value: await run() };
  } catch (error) {
    if (!(error instanceof AcmeFault)) throw error;
    return toFailure(error);
  }
}

function toFailure({ code, message, retryAfterMs }: AcmeFault): AcmeFailure {
  return { kind: 'failure', code, message, ...(retryAfterMs !== undefined && { retryAfterMs }) };
}

const LONGEST_DETAIL = 500;
const MOST_SUBPROBLEMS = 5;
const PREFIX = 'urn:ietf:params:acme:error:';

/** A problem document of the authority (RFC 7807, RFC 8555 §6.7). */
interface AcmeProblem {
  /** Such as `badNonce`; of another vocabulary the whole URI, escaped; empty without one. */
  readonly type: string;
  /** One line, escaped and cut. */
  readonly text: string;
}

const CODES: Readonly<Record<string, AcmeFailureCode>> = {
  accountDoesNotExist: 'account-unknown',
  alreadyReplaced: 'already-replaced',
  caa: 'name-refused',
  connection: 'validation-failed',
  dns: 'validation-failed',
  externalAccountRequired: 'external-account',
  incorrectResponse: 'validation-failed',
  orderNotReady: 'order-not-ready',
  rateLimited: 'rate-limited',
  rejectedIdentifier: 'name-refused',
  serverInternal: 'server',
  tls: 'validation-failed',
  unsupportedIdentifier: 'name-refused',
  userActionRequired: 'terms-not-accepted',
};

/** Reads a problem document; whatever it holds, the text is fit for one line. */
export function readProblem(value: unknown): AcmeProblem {
  const problem = isObject(value) ? value : {};
  const type = textOf(problem['type']).replace(PREFIX, '');
  const parts = Array.isArray(problem['subproblems']) ? problem['subproblems'] : [];
  const details = [problem, ...parts.slice(0, MOST_SUBPROBLEMS).filter(isObject)]
    .map(({ detail }) => textOf(detail))
    .filter((detail) => detail !== '');
  const words = details.join('; ');
  return {
    type,
    text: [type, words].filter((part) => part !== '').join(': ') || 'no reason given',
  };
}

/** The closed code of a problem; the status speaks where the type is unknown. */
export function codeOfProblem({ type }: AcmeProblem, status: number): AcmeFailureCode {
  const known = Object.hasOwn(CODES, type) ? CODES[type] : undefined;
  if (known !== undefined) return known;
  if (status === 429) return 'rate-limited';
  if (status === 404) return 'not-found';
  return status >= 500 ? 'server' : 'refused';
}

function textOf(value: unknown): string {
  if (typeof value !== 'string') return '';
  const text = escapeText(value.slice(0, LONGEST_DETAIL));
  return value.length > LONGEST_DETAIL ? `${text}...` : text;
}

/** A JSON object whose members are not known yet. */
type JsonObject = Readonly<Record<string, unknown>>;

/** Whether a JSON value is an object. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reads members of one JSON object of the authority, called `what` in messages. */
export function readMembers(value: unknown, what: string) {
  if (!isObject(value)) throw new AcmeFault('malformed', `${what} is not a JSON object`);
  const fault = (member: string, must: string): AcmeFault =>
    new AcmeFault('malformed', `"${member}" of ${what} must be ${must}`);
  return {
    text(member: string): string {
      const text = value[member];
      if (typeof text === 'string') return text;
      throw fault(member, 'a string');
    },
    /** An absolute https URL without a password. */
    url(member: string): string {
      if (isHttpsUrl(value[member])) return value[member];
      throw fault(member, 'an https URL');
    },
    urls(member: string): readonly string[] {
      const urls = value[member];
      if (Array.isArray(urls) && urls.length <= MOST_ITEMS && urls.every(isHttpsUrl)) return urls;
      throw fault(member, 'a list of https URLs');
    },
    list(member: string): readonly unknown[] {
      const list = value[member];
      if (Array.isArray(list) && list.length <= MOST_ITEMS) return list;
      throw fault(member, 'a list');
    },
    oneOf<T extends string>(member: string, allowed: readonly T[]): T {
      const found = allowed.find((each) => each === value[member]);
      if (found !== undefined) return found;
      throw fault(member, `one of ${allowed.join(', ')}`);
    },
    instantMs(member: string): number {
      const text = value[member];
      const ms = typeof text === 'string' ? Date.parse(text) : Number.NaN;
      if (!Number.isNaN(ms)) return ms;
      throw fault(member, 'a date and time');
    },
    /** Undefined when it is absent. */
    optional: (member: string): unknown => value[member],
  };
}

const MOST_ITEMS = 100;

function isHttpsUrl(value: unknown): value is string {
  if (typeof value !== 'string' || value.length > 2000) return false;
  const url = URL.parse(value);
  return url !== null && url.protocol === 'https:' && url.username === '' && url.password === '';
}

const WEEK_MS = 604_800_000;

/**
 * What a `Retry-After` header asks for (RFC 9110 §10.2.3), as milliseconds from now: seconds, or a date. Never less than
 * a second nor more than seven days; undefined without a header that can be read.
 */
export function readRetryAfter(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\d{1,9}$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - nowMs;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 1000), WEEK_MS);
}
