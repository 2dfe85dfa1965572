import type { Clock } from '../../io/clock/index.ts';
import type { Acceptance, Acceptor } from '../accept/acceptor.ts';
import { type DoorReport, reportAcceptance, reportTooLarge } from './door-report.ts';
import { judgeHead, looksLikeReport, type PostHead } from './post-head.ts';
import { createRateLimit } from './rate-limit.ts';
import { readBounded } from './read-bounded.ts';

export interface PostDoorOptions extends DoorReport {
  readonly acceptor: Acceptor;
  readonly clock: Clock;
  /** Default `/v1/tlsrpt`. */
  readonly path?: string;
  /** Secret that the URI in the record ends with (`path/token`); without it, a request is told 404. */
  readonly token?: string;
  /** Requests of one client in a minute. Default 600: a reporter sends one for each domain and day, all at once. */
  readonly perMinute?: number;
  /** Clients that are remembered for that. Default 10,000. */
  readonly clients?: number;
  /** Bodies that are read or looked into at once; more are told 503. Default 16. */
  readonly atOnce?: number;
}

/** An answer to a request. */
export interface PostReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON. */
  readonly body: string;
}

/** One request that was let in. */
export interface PostAdmission {
  /**
   * Reads the body and hands it over. A rejection is the stream's own.
   *
   * @param body is not read to its end when it is too large.
   */
  receive(body: AsyncIterable<Uint8Array>): Promise<PostReply>;
}

/** Takes reports by POST, whatever server reads the requests. */
export interface PostDoor {
  /**
   * Judges a request before a byte of its body is read, which is when to answer `Expect: 100-continue`.
   *
   * @param client whose requests count together: an address, or a network.
   */
  admit(head: PostHead, client: string): PostReply | PostAdmission;
}

const RETRY_SECONDS = 300;

export function createPostDoor(options: PostDoorOptions): PostDoor {
  const { acceptor, clock, count, token, path = '/v1/tlsrpt', atOnce = 16 } = options;
  const { perMinute = 600, clients = 10_000 } = options;
  const { largestBytes } = acceptor;
  const place = { path, largestBytes, ...(token !== undefined && { token }) };
  const rate = createRateLimit({ perMinute, clients, nowMs: () => clock.now() });
  let underWay = 0;

  const turnAway = (status: number, problem: string, headers = {}): PostReply => {
    count?.('post', 'turned-away');
    return reply(status, { status: 'refused', problems: [problem] }, headers);
  };
  const tooLarge = (client: string): PostReply => {
    reportTooLarge(options, 'post', client, largestBytes);
    return reply(413, {
      status: 'refused',
      problems: [`the body is larger than ${largestBytes} bytes`],
    });
  };

  const receive = async (
    head: PostHead,
    client: string,
    verdict: { readonly hasToken: boolean; readonly mustLookLikeReport: boolean },
    stream: AsyncIterable<Uint8Array>,
  ): Promise<PostReply> => {
    const bytes = await readBounded(stream, largestBytes);
    if (bytes === undefined) return tooLarge(client);
    if (verdict.mustLookLikeReport && !looksLikeReport(bytes))
      return turnAway(415, 'the body is neither JSON nor gzip');
    const { contentType, contentEncoding } = head;
    const acceptance = await acceptor.acceptBody({
      channel: 'post',
      bytes,
      from: client,
      hasToken: verdict.hasToken,
      ...(contentType !== undefined && { contentType }),
      ...(contentEncoding !== undefined && { contentEncoding }),
    });
    reportAcceptance(options, 'post', client, acceptance);
    return toReply(acceptance);
  };

  return {
    admit(head, client) {
      const waitSeconds = rate.take(client);
      if (waitSeconds > 0)
        return turnAway(429, 'too many requests', { 'retry-after': String(waitSeconds) });
      const verdict = judgeHead(head, place);
      if (verdict.kind === 'wrong') {
        if (verdict.status === 413) return tooLarge(client);
        return turnAway(verdict.status, verdict.problem, HEADERS[verdict.status]);
      }
      if (underWay >= atOnce)
        return turnAway(503, 'too much at once', { 'retry-after': String(RETRY_SECONDS) });
      return {
        async receive(stream) {
          underWay += 1;
          try {
            return await receive(head, client, verdict, stream);
          } finally {
            underWay -= 1;
          }
        },
      };
    },
  };
}

const HEADERS: Readonly<Record<number, Readonly<Record<string, string>>>> = {
  405: { allow: 'POST' },
  415: { accept: 'application/tlsrpt+json, application/tlsrpt+gzip', 'accept-encoding': 'gzip' },
};

/** Any 2xx is success to the sender (RFC 8460 §5.4). */
function toReply(acceptance: Acceptance): PostReply {
  switch (acceptance.kind) {
    case 'stored':
      return reply(200, { status: 'stored' });
    case 'duplicate':
      return reply(200, { status: 'duplicate' });
    case 'not-a-report':
      return reply(400, { status: 'refused', problems: ['there is no report in it'] });
    case 'refused':
      return reply(400, { status: 'refused', problems: acceptance.problems });
    case 'later':
      return reply(
        503,
        { status: 'later', problems: ['it cannot be kept now'] },
        { 'retry-after': String(RETRY_SECONDS) },
      );
  }
}

function reply(
  status: number,
  body: Readonly<Record<string, unknown>>,
  headers: Readonly<Record<string, string>> = {},
): PostReply {
  return { status, headers, body: `${JSON.stringify(body)}\n` };
}
