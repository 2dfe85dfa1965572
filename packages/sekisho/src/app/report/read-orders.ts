import { type PolicyFailureType, RESULT_TYPES } from '@sekisho/spec';
import type {
  DiscoveryRequest,
  RetryRequest,
  SendRequest,
  ToldFailure,
} from '../control/report.ts';

type Fields = Readonly<Record<string, unknown>>;

const MOST_FAILURES = 1000;
const POLICY_FAILURES: readonly string[] = RESULT_TYPES.filter((type) => type.startsWith('sts-'));

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown, longest = 300): value is string {
  return typeof value === 'string' && value !== '' && value.length <= longest;
}

function isDay(value: unknown): value is string {
  return typeof value === 'string' && /^\d{4}-\d\d-\d\d$/u.test(value);
}

function parse(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isFields(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Body of `send`; undefined if it is none. */
export function readSend(text: string): SendRequest | undefined {
  const fields = parse(text);
  if (fields === undefined) return undefined;
  const { day, domain } = fields;
  if ((day !== undefined && !isDay(day)) || (domain !== undefined && !isText(domain)))
    return undefined;
  return { ...(day === undefined ? {} : { day }), ...(domain === undefined ? {} : { domain }) };
}

/** Body of `retry`; undefined if it is none. */
export function readRetry(text: string): RetryRequest | undefined {
  const { reportId, place } = parse(text) ?? {};
  if (!isText(reportId)) return undefined;
  if (place === undefined) return { reportId };
  return Number.isInteger(place) && Number(place) >= 0
    ? { reportId, place: Number(place) }
    : undefined;
}

function isToldFailure(value: unknown): value is ToldFailure {
  if (!isFields(value)) return false;
  const { domain, atMs, resultType, code, body } = value;
  return (
    isText(domain) &&
    Number.isSafeInteger(atMs) &&
    POLICY_FAILURES.includes(resultType as PolicyFailureType) &&
    typeof code === 'string' &&
    /^[a-z0-9-]{1,100}$/u.test(code) &&
    (body === undefined || typeof body === 'string')
  );
}

/** Body of `discovery`; undefined if it is none. */
export function readDiscovery(text: string): DiscoveryRequest | undefined {
  const { failures } = parse(text) ?? {};
  if (!Array.isArray(failures) || failures.length > MOST_FAILURES) return undefined;
  return failures.every(isToldFailure) ? { failures } : undefined;
}
