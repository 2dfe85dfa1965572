import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../../io/clock/index.ts';
import type { Log } from '../../io/log/index.ts';
import type { CountedSessions } from '../store/index.ts';
import type { SessionProblem } from './batch-reader.ts';
import { createKeptAnswers } from './kept-answers.ts';
import { parseSessionsBatch } from './parse-sessions.ts';

/** The largest body, in octets: 1 MiB. */
export const MOST_BODY_BYTES = 1 << 20;
const TIMEOUT_MS = 30_000;
const KEY = /^[\x21-\x7e]{1,128}$/;

export interface SessionsHandlerTools {
  /** Resolves when all of them have survived a kill; rejects if none is kept. */
  readonly add: (sessions: readonly CountedSessions[]) => Promise<void>;
  /** Whoever knows one of them may add sessions. Asked for at each request, so that they can be changed. */
  readonly tokens: () => readonly string[];
  readonly clock: Clock;
  readonly log: Log;
}

/** Answers one request; never rejects. */
export type SessionsHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** An answer before it is written. */
interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * `POST /v1/sessions`: other MTAs tell of their sessions. The path is the caller's to choose.
 *
 * - 202 `{ "accepted": n }`: all of them are kept. Never a part.
 * - 400 `{ "problems": [{ path, code, message }] }`: none is kept; see `parseSessionsBatch`.
 * - 401 without a token that is known; 405, 408, 411, 413 (1 MiB), 415 as usual.
 * - 422: the `Idempotency-Key` was used with another body.
 * - 503 with `Retry-After`: not kept; send it again.
 *
 * An `Idempotency-Key` (1 to 128 printable characters) makes a repeated request count once, for a day, among the
 * latest 10,000, and until a restart.
 */
export function createSessionsHandler(tools: SessionsHandlerTools): SessionsHandler {
  const { clock, log } = tools;
  const respond = createResponder(tools);
  return async (request, response) => {
    let answer: Answer;
    try {
      answer = await respond(request);
    } catch (error) {
      log.error('sessions could not be kept', { error });
      answer = { ...told(503, 'the sessions could not be kept'), headers: { 'Retry-After': '30' } };
    }
    write(request, response, answer);
    log.debug('sessions posted', { status: answer.status, atMs: clock.now() });
  };
}

function createResponder({ add, tokens, clock }: SessionsHandlerTools) {
  const answers = createKeptAnswers();

  /** Adds the sessions, or waits for the same request that came before. */
  const addOnce = async (
    sessions: readonly CountedSessions[],
    bytes: Buffer,
    key: string | undefined,
  ): Promise<Answer> => {
    const accepted: Answer = { status: 202, body: { accepted: sessions.length } };
    if (key === undefined) {
      await add(sessions);
      return accepted;
    }
    const digest = createHash('sha256').update(bytes).digest('base64');
    const former = answers.find(key, clock.now());
    if (former !== undefined && former.digest !== digest)
      return told(422, 'the idempotency key was used with another body');
    const added = former?.added ?? add(sessions);
    if (former === undefined) answers.keep(key, { digest, added }, clock.now());
    await added;
    return former === undefined
      ? accepted
      : { ...accepted, headers: { 'Idempotent-Replayed': 'true' } };
  };

  return async (request: IncomingMessage): Promise<Answer> => {
    const refusal = judgeHead(request);
    if (refusal !== undefined) return refusal;
    const caller = findBearer(request.headers.authorization, tokens());
    if (caller === undefined)
      return { ...told(401, 'a token is needed'), headers: { 'WWW-Authenticate': 'Bearer' } };
    const key = request.headers['idempotency-key'];
    if (key !== undefined && (typeof key !== 'string' || !KEY.test(key)))
      return told(400, 'the idempotency key must be 1 to 128 printable characters');
    const read = await readBody(request, {
      mostBytes: MOST_BODY_BYTES,
      timeoutMs: TIMEOUT_MS,
      clock,
    });
    if (read.kind === 'too-large') return told(413, `more than ${MOST_BODY_BYTES} octets`);
    if (read.kind === 'too-slow') return told(408, 'the body did not come in time');
    if (read.kind === 'broken-off') return told(400, 'the body is not whole');
    const batch = readBatch(read.bytes, clock.now());
    if (!batch.ok) return { status: 400, body: { problems: batch.problems } };
    return await addOnce(batch.sessions, read.bytes, key && `${caller} ${key}`);
  };
}

function judgeHead({ method, headers }: IncomingMessage): Answer | undefined {
  if (method !== 'POST') return { ...told(405, 'only POST'), headers: { Allow: 'POST' } };
  if (!/^application\/json *(?:;|$)/i.test(headers['content-type'] ?? ''))
    return told(415, 'the body must be application/json');
  if ((headers['content-encoding'] ?? 'identity') !== 'identity')
    return told(415, 'the body must not be encoded');
  const isTooLarge = Number(headers['content-length'] ?? 0) > MOST_BODY_BYTES;
  return isTooLarge ? told(413, `more than ${MOST_BODY_BYTES} octets`) : undefined;
}

function readBatch(bytes: Buffer, nowMs: number): ReturnType<typeof parseSessionsBatch> {
  let body: unknown;
  try {
    body = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    const problem = { path: '$', code: 'json-invalid', message: 'is no JSON in UTF-8' } as const;
    return { ok: false, problems: [problem] satisfies SessionProblem[] };
  }
  return parseSessionsBatch(body, nowMs);
}

function told(status: number, message: string): Answer {
  return { status, body: { message } };
}

function write(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  const text = `${JSON.stringify(answer.body)}\n`;
  // A body that was not read to its end would be taken for the next request.
  const isRead = request.complete;
  response.writeHead(answer.status, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-store',
    ...answer.headers,
    ...(isRead ? {} : { Connection: 'close' }),
  });
  response.end(text);
}

const BEARER = /^Bearer +([\x21-\x7e]{1,1024}) *$/i;

/**
 * Which of the tokens an `Authorization: Bearer …` header carries (RFC 6750 §2.1), as a name that is safe to keep;
 * undefined if none. Takes the same time whichever it is, and however much of it is right.
 */
function findBearer(header: string | undefined, tokens: readonly string[]): string | undefined {
  const given = digest(BEARER.exec(header ?? '')?.[1] ?? '');
  let found: string | undefined;
  for (const token of tokens) {
    const expected = digest(token);
    // An empty line in a file of tokens must not let anybody in.
    if (timingSafeEqual(given, expected) && token !== '') found = expected.toString('base64url');
  }
  return found;
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** A body, or why there is none. */
type ReadBody =
  | { readonly kind: 'body'; readonly bytes: Buffer }
  | { readonly kind: 'too-large' }
  | { readonly kind: 'too-slow' }
  | { readonly kind: 'broken-off' };

/** Reads the body of a request, bounded in size and time. What is beyond is not read. Never rejects. */
function readBody(
  request: IncomingMessage,
  { mostBytes, timeoutMs, clock }: { mostBytes: number; timeoutMs: number; clock: Clock },
): Promise<ReadBody> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    const finish = (result: ReadBody): void => {
      cancel();
      request.off('data', onData).off('end', onEnd).off('close', onBreak);
      request.pause();
      resolve(result);
    };
    const onData = (chunk: Buffer): void => {
      sizeBytes += chunk.length;
      if (sizeBytes > mostBytes) finish({ kind: 'too-large' });
      else chunks.push(chunk);
    };
    const onEnd = (): void => finish({ kind: 'body', bytes: Buffer.concat(chunks) });
    const onBreak = (): void => finish({ kind: 'broken-off' });
    const cancel = clock.after(timeoutMs, () => finish({ kind: 'too-slow' }));
    // What breaks a connection is told by `close` too.
    request.on('error', () => undefined);
    request.on('data', onData).on('end', onEnd).on('close', onBreak);
  });
}
