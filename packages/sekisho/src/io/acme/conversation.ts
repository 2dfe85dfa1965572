import type { KeyObject } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import type { Clock } from '../clock/index.ts';
import { createTrust } from '../https/index.ts';
import { type Signer, signRequest } from './jws.ts';
import { AcmeFault, codeOfProblem, readProblem, readRetryAfter } from './problem.ts';
import { type AcmeDirectory, readDirectory, type Received } from './resources.ts';

const MOST_NONCES = 16;
/** RFC 8555 §6.5: a refused nonce is no failure, another one is tried. */
const MOST_NONCE_TRIES = 12;
/** The directory is read again now and then, so that a change at the authority needs no restart. */
const DIRECTORY_AGE_MS = 3_600_000;

/** An answer of the authority that is no problem. */
export interface Answer extends Received {
  readonly body: string;
  readonly location: string | undefined;
}

/** The directory, the nonces, and signed requests: what every call to the authority needs. */
export interface Conversation {
  directory(): Promise<AcmeDirectory>;
  /** An unsigned GET, as for renewal information. */
  get(url: string): Promise<Answer>;
  /**
   * A signed POST; of a payload that is undefined, POST-as-GET (RFC 8555 §6.3).
   *
   * @throws AcmeFault for every answer but a success.
   */
  post(
    url: string,
    signer: { readonly key: KeyObject; readonly as: Signer },
    payload?: unknown,
    accept?: string,
  ): Promise<Answer>;
}

/** Begins a conversation with the authority whose directory stands at a URL. */
export function createConversation(
  directoryUrl: string,
  transport: AcmeTransport,
  clock: Clock,
): Conversation {
  const nonces: string[] = [];
  let known: { readonly directory: AcmeDirectory; readonly atMs: number } | undefined;

  const receive = (response: AcmeResponse): AcmeResponse => {
    const nonce = response.headers['replay-nonce'];
    if (typeof nonce === 'string' && /^[\w-]{1,500}$/.test(nonce) && nonces.length < MOST_NONCES)
      nonces.push(nonce);
    return response;
  };
  const takeNonce = async (): Promise<string> => {
    const kept = nonces.pop();
    if (kept !== undefined) return kept;
    const { newNonce } = await directory();
    judge(receive(await transport.send({ method: 'HEAD', url: newNonce })), clock);
    const fresh = nonces.pop();
    if (fresh === undefined) throw new AcmeFault('malformed', 'the authority gives no nonce');
    return fresh;
  };
  const directory = async (): Promise<AcmeDirectory> => {
    if (known === undefined || clock.now() - known.atMs > DIRECTORY_AGE_MS) {
      const answer = judge(await transport.send({ method: 'GET', url: directoryUrl }), clock);
      known = { directory: readDirectory(answer.json), atMs: clock.now() };
    }
    return known.directory;
  };
  return {
    directory,
    get: async (url) => judge(await transport.send({ method: 'GET', url }), clock),
    async post(url, { key, as }, payload, accept) {
      for (let tries = 1; ; tries += 1) {
        const nonce = await takeNonce();
        const body = JSON.stringify(signRequest(key, { ...as, nonce, url }, payload));
        const asked = {
          method: 'POST',
          url,
          body,
          ...(accept !== undefined && { accept }),
        } as const;
        const response = receive(await transport.send(asked));
        if (!isNonceRefused(response)) return judge(response, clock);
        if (tries === MOST_NONCE_TRIES)
          throw new AcmeFault('refused', `${MOST_NONCE_TRIES} nonces in a row were refused`);
      }
    },
  };
}

function isNonceRefused({ status, body }: AcmeResponse): boolean {
  return status === 400 && readProblem(parseJson(body)).type === 'badNonce';
}

function judge({ status, headers, body }: AcmeResponse, clock: Clock): Answer {
  const retryAfterMs = readRetryAfter(headers['retry-after'], clock.now());
  const json = parseJson(body);
  if (status >= 200 && status < 300)
    return { json, body, location: headers.location, retryAfterMs };
  const problem = readProblem(json);
  const message = `the authority answers ${status}: ${problem.text}`;
  throw new AcmeFault(codeOfProblem(problem, status), message, retryAfterMs);
}

/** Undefined for what is no JSON: the readers say what they miss. */
function parseJson(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** More than any chain or problem needs. */
const LONGEST_BODY_BYTES = 262_144;

interface AcmeRequest {
  readonly method: 'GET' | 'HEAD' | 'POST';
  readonly url: string;
  readonly body?: string;
  readonly accept?: string;
}

/** An answer that was read to its end. */
interface AcmeResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** HTTPS to the authority: one request at a time or several, on connections that are kept. */
interface AcmeTransport {
  /** @throws AcmeFault `unreachable`, `timeout`, `tls` or `malformed`. */
  send(request: AcmeRequest): Promise<AcmeResponse>;
  close(): void;
}

/**
 * Makes the transport. No redirects are followed: an authority's URLs come from its directory.
 *
 * @param options.ca PEM texts that replace the default trust store.
 * @param options.deadlineMs for one request with its answer.
 */
export function createAcmeTransport(options: {
  readonly clock: Clock;
  readonly ca?: readonly string[] | undefined;
  readonly deadlineMs: number;
}): AcmeTransport {
  const { clock, deadlineMs } = options;
  const agent = new Agent({
    keepAlive: true,
    maxSockets: 8,
    minVersion: 'TLSv1.2',
    secureContext: createTrust(options.ca),
  });
  const closing = new AbortController();
  return {
    async send(asked) {
      const controller = new AbortController();
      const fault = new AcmeFault('timeout', `no answer from ${hostOf(asked)} in ${deadlineMs} ms`);
      const stop = clock.after(deadlineMs, () => controller.abort(fault));
      const signal = AbortSignal.any([controller.signal, closing.signal]);
      try {
        return await exchange(asked, agent, signal);
      } catch (error) {
        throw signal.aborted ? signal.reason : toFault(error, asked);
      } finally {
        stop();
      }
    },
    close() {
      closing.abort(new AcmeFault('unreachable', 'the client is closed'));
      agent.destroy();
    },
  };
}

function hostOf({ url }: AcmeRequest): string {
  return new URL(url).host;
}

async function exchange(
  { method, url, body, accept = 'application/json' }: AcmeRequest,
  agent: Agent,
  signal: AbortSignal,
): Promise<AcmeResponse> {
  signal.throwIfAborted();
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent = request(url, {
      agent,
      method,
      signal,
      headers: {
        'User-Agent': 'sekisho',
        Accept: accept,
        ...(body !== undefined && {
          'Content-Type': 'application/jose+json',
          'Content-Length': Buffer.byteLength(body),
        }),
      },
    });
    // Stays for the life of the request: an error after the head would otherwise end the process.
    sent.on('error', reject);
    sent.once('response', resolve);
    sent.end(body);
  });
  const { statusCode: status = 0, headers } = response;
  return { status, headers, body: await readBody(response) };
}

async function readBody(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > LONGEST_BODY_BYTES)
      throw new AcmeFault('malformed', `the answer is longer than ${LONGEST_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, sizeBytes).toString('utf8');
}

/** Names what ended a request; Node's codes are short and hold no text of others. */
function toFault(error: unknown, asked: AcmeRequest): AcmeFault {
  if (error instanceof AcmeFault) return error;
  const { code = 'UNKNOWN', library } = error as NodeJS.ErrnoException & { library?: string };
  const host = hostOf(asked);
  if (code.startsWith('HPE_'))
    return new AcmeFault('malformed', `${host} does not speak HTTP: ${code}`);
  return library !== undefined ||
    /^(?:ERR_SSL_|ERR_TLS_|EPROTO$|CERT_|UNABLE_|DEPTH_|SELF_)/.test(code)
    ? new AcmeFault('tls', `TLS with ${host} failed: ${code}`)
    : new AcmeFault('unreachable', `${host} cannot be reached: ${code}`);
}
