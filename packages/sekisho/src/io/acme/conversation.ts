import type { KeyObject } from 'node:crypto';
import type { Clock } from '../clock/index.ts';
import { AcmeFault } from './acme-fault.ts';
import { signRequest, type Signer } from './jws.ts';
import { codeOfProblem, readProblem } from './problem.ts';
import { type AcmeDirectory, readDirectory, type Received } from './resources.ts';
import { readRetryAfter } from './retry-after.ts';
import type { AcmeResponse, AcmeTransport } from './transport.ts';

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
