import { Agent, request } from 'node:https';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Clock } from '../clock/index.ts';
import { createTrust } from '../https/index.ts';
import { AcmeFault } from './acme-fault.ts';

/** More than any chain or problem needs. */
const LONGEST_BODY_BYTES = 262_144;

export interface AcmeRequest {
  readonly method: 'GET' | 'HEAD' | 'POST';
  readonly url: string;
  readonly body?: string;
  readonly accept?: string;
}

/** An answer that was read to its end. */
export interface AcmeResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** HTTPS to the authority: one request at a time or several, on connections that are kept. */
export interface AcmeTransport {
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
