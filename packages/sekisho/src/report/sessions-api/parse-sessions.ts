import { isIP } from 'node:net';
import {
  type AppliedPolicy,
  type Domain,
  parseDomain,
  parseTlsrptRecord,
  POLICY_TYPES,
  RESULT_TYPES,
  type SessionFailure,
} from '@sekisho/spec';
import { type CountedSessions, utcDayOf, utcDayStartMs } from '../store/index.ts';
import {
  type BatchReader,
  createBatchReader,
  quoted,
  type SessionProblem,
} from './batch-reader.ts';

const MOST_SESSIONS = 1000;
const MOST_FAILURES = 20;
const MOST_LINES = 1000;
const MOST_COUNT = 1_000_000;
const AHEAD_MS = 300_000;
const DAY_MS = 86_400_000;

/** A batch that can be counted, or everything that forbids it. */
export type SessionsBatch =
  | { readonly ok: true; readonly sessions: readonly CountedSessions[] }
  | { readonly ok: false; readonly problems: readonly SessionProblem[] };

/**
 * Reads the body of `POST /v1/sessions`, already JSON: `{ "sessions": [ … ] }`, 1 to 1,000 of them, each
 *
 * - `at`: RFC 3339 with a zone, from the day before (UTC) to five minutes ahead of `nowMs`;
 * - `domain`: the recipient domain, in A-labels;
 * - `record`: its TLSRPT record; left out if it is still to be looked up;
 * - `policy`: `policy-type`, and as it applies `policy-string`, `policy-domain` (default `domain`), `mx-host`;
 * - `success`: whether TLS as the policy demands it came about;
 * - `failures`: up to 20, each with `result-type` and as far as known the other members of failure details;
 * - `count`: 1 to 1,000,000 sessions of the same course; default 1.
 *
 * Member names are those of RFC 8460 §4.4. Nothing is repaired or passed over: an unknown member is a problem too.
 * Never throws.
 */
export function parseSessionsBatch(body: unknown, nowMs: number): SessionsBatch {
  const reader = createBatchReader();
  const batch = reader.object('$', body, ['sessions']);
  const list = reader.list('$.sessions', batch?.['sessions'], { least: 1, most: MOST_SESSIONS });
  const sessions = list.map((each, index) =>
    readSession(reader, `$.sessions[${index}]`, each, nowMs),
  );
  const isWhole = reader.problems.length === 0;
  if (!isWhole) return { ok: false, problems: reader.problems };
  return { ok: true, sessions: sessions.filter((each) => each !== undefined) };
}

function readSession(
  reader: BatchReader,
  path: string,
  value: unknown,
  nowMs: number,
): CountedSessions | undefined {
  const known = ['at', 'domain', 'record', 'policy', 'success', 'failures', 'count'];
  const session = reader.object(path, value, known);
  if (session === undefined) return undefined;
  const atMs = readInstant(reader, `${path}.at`, session['at'], nowMs);
  const domain = readDomain(reader, `${path}.domain`, session['domain']);
  const record = readRecord(reader, `${path}.record`, session['record']);
  const policy = readPolicy(reader, `${path}.policy`, session['policy'], domain);
  const isSuccess = reader.flag(`${path}.success`, session['success']);
  const failures = reader
    .list(`${path}.failures`, session['failures'], { most: MOST_FAILURES })
    .map((each, index) => readFailure(reader, `${path}.failures[${index}]`, each));
  const count = reader.count(`${path}.count`, session['count'] ?? 1, MOST_COUNT);
  if (atMs === undefined || domain === undefined || policy === undefined) return undefined;
  return {
    day: utcDayOf(atMs),
    domain,
    ...(record === undefined ? {} : { record }),
    source: 'api',
    policy,
    isSuccess,
    failures: failures.filter((each) => each !== undefined),
    count,
  };
}

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/i;

function readInstant(
  reader: BatchReader,
  path: string,
  value: unknown,
  nowMs: number,
): number | undefined {
  const text = reader.text(path, value, { longest: 40, isRequired: true });
  if (text === undefined) return undefined;
  const atMs = INSTANT.test(text) ? Date.parse(text.toUpperCase()) : Number.NaN;
  if (Number.isNaN(atMs)) {
    reader.refuse(path, 'at-invalid', `is ${quoted(text)}, must be RFC 3339 with a zone`);
    return undefined;
  }
  const leastMs = utcDayStartMs(utcDayOf(nowMs)) - DAY_MS;
  if (atMs >= leastMs && atMs <= nowMs + AHEAD_MS) return atMs;
  const range = `${new Date(leastMs).toISOString()} to ${new Date(nowMs + AHEAD_MS).toISOString()}`;
  reader.refuse(path, 'at-out-of-range', `is ${quoted(text)}, must be within ${range}`);
  return undefined;
}

function readDomain(reader: BatchReader, path: string, value: unknown): Domain | undefined {
  const text = reader.text(path, value, { longest: 255, isRequired: true });
  if (text === undefined) return undefined;
  const domain = parseDomain(text);
  if (domain.ok) return domain.value;
  reader.refuse(path, 'domain-invalid', `is ${quoted(text)}, must be a domain in A-labels`);
  return undefined;
}

function readRecord(reader: BatchReader, path: string, value: unknown): string | undefined {
  const text = reader.text(path, value, { longest: 4096 });
  if (text === undefined) return undefined;
  const record = parseTlsrptRecord(text);
  if (!record.ok)
    reader.refuse(path, 'record-invalid', record.issues.map(({ message }) => message).join('; '));
  return text;
}

function readPolicy(
  reader: BatchReader,
  path: string,
  value: unknown,
  recipient: Domain | undefined,
): AppliedPolicy | undefined {
  const known = ['policy-type', 'policy-string', 'policy-domain', 'mx-host'];
  const policy = reader.object(path, value, known);
  if (policy === undefined) return undefined;
  const policyType = reader.oneOf(`${path}.policy-type`, policy['policy-type'], POLICY_TYPES);
  const policyString = readTexts(reader, `${path}.policy-string`, policy['policy-string'], 1000);
  const mxHost = readTexts(reader, `${path}.mx-host`, policy['mx-host'], 255);
  const policyDomain =
    policy['policy-domain'] === undefined
      ? recipient
      : readDomain(reader, `${path}.policy-domain`, policy['policy-domain']);
  if (policyType === undefined || policyDomain === undefined) return undefined;
  return { policyType, policyString, policyDomain, mxHost };
}

function readTexts(
  reader: BatchReader,
  path: string,
  value: unknown,
  longest: number,
): readonly string[] {
  return reader
    .list(path, value, { most: MOST_LINES })
    .map((each, index) => reader.text(`${path}[${index}]`, each, { longest, isRequired: true }))
    .filter((each) => each !== undefined);
}

const TEXT_MEMBERS = [
  ['receiving-mx-hostname', 'receivingMxHostname', 255],
  ['receiving-mx-helo', 'receivingMxHelo', 1000],
  ['additional-information', 'additionalInformation', 2000],
  ['failure-reason-code', 'failureReasonCode', 255],
] as const;

const ADDRESS_MEMBERS = [
  ['sending-mta-ip', 'sendingMtaIp'],
  ['receiving-ip', 'receivingIp'],
] as const;

function readFailure(
  reader: BatchReader,
  path: string,
  value: unknown,
): SessionFailure | undefined {
  const known = [...TEXT_MEMBERS, ...ADDRESS_MEMBERS].map(([name]) => name);
  const failure = reader.object(path, value, ['result-type', ...known]);
  if (failure === undefined) return undefined;
  const resultType = reader.oneOf(`${path}.result-type`, failure['result-type'], RESULT_TYPES);
  const read: Record<string, string> = {};
  for (const [name, key, longest] of TEXT_MEMBERS) {
    const text = reader.text(`${path}.${name}`, failure[name], { longest });
    if (text !== undefined) read[key] = text;
  }
  for (const [name, key] of ADDRESS_MEMBERS) {
    const text = reader.text(`${path}.${name}`, failure[name], { longest: 45 });
    if (text === undefined) continue;
    if (isIP(text) === 0)
      reader.refuse(`${path}.${name}`, 'address-invalid', `is ${quoted(text)}, must be an address`);
    read[key] = text;
  }
  const uri = read['additionalInformation'];
  if (uri !== undefined && !URL.canParse(uri))
    reader.refuse(
      `${path}.additional-information`,
      'uri-invalid',
      `is ${quoted(uri)}, must be a URI`,
    );
  return resultType === undefined ? undefined : { ...read, resultType };
}
