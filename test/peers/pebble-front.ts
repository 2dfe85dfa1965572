import { Agent, createServer, request } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createCertificateAuthority } from './certificates.ts';
import type { Pebble } from './pebble.ts';

/** What stands in front of Pebble answers in its place. */
export interface FrontAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body: unknown;
}

/** Passes requests on to Pebble, but for what a test wants to be otherwise: limits, renewal information, silence. */
export interface PebbleFront {
  readonly directoryUrl: string;
  readonly caPem: string;
  /** Every request, as `POST /order-plz`. */
  readonly requests: readonly string[];
  /** How Pebble answered, in order. */
  readonly statuses: readonly number[];
  /** Payloads of signed requests, decoded, in order. */
  readonly payloads: readonly unknown[];
  /** Answers instead of Pebble; undefined passes the request on. */
  intercept: (asked: string) => FrontAnswer | 'silence' | undefined;
  /** The window that `/renewal-info/ID` gives (RFC 9773 §4.2); while it is set the directory offers it. */
  renewalWindow: { readonly start: string; readonly end: string } | undefined;
  close(): Promise<void>;
}

const authority = createCertificateAuthority(undefined, 'Pebble front');

/** Pebble knows itself by the Host header, so its URLs lead to the front. */
export async function startPebbleFront(pebble: Pebble): Promise<PebbleFront> {
  const { chainPem, keyPem } = authority.issue({ dnsNames: ['localhost'] });
  const agent = new Agent({ ca: pebble.caPem, keepAlive: true });
  const requests: string[] = [];
  const payloads: unknown[] = [];
  const statuses: number[] = [];

  const handle = async (asked: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readAll(asked);
    const name = `${asked.method ?? ''} ${asked.url ?? ''}`;
    requests.push(name);
    const payload = readPayload(body);
    if (payload !== undefined) payloads.push(payload);
    const answer = front.intercept(name) ?? answerRenewalInfo(name, front);
    if (answer === 'silence') return;
    if (answer !== undefined) return send(response, answer);
    const url = new URL(asked.url ?? '/', pebble.directoryUrl);
    const passed = request(url, { agent, method: asked.method, headers: asked.headers });
    passed.on('error', () => response.destroy());
    passed.end(body);
    const [received] = (await once(passed, 'response')) as [IncomingMessage];
    statuses.push(received.statusCode ?? 0);
    const text = addRenewalInfo(await readAll(received), name, asked.headers.host, front);
    const { 'content-length': _length, ...headers } = received.headers;
    response.writeHead(received.statusCode ?? 500, headers).end(text);
  };
  const server = createServer({ key: keyPem, cert: chainPem }, (asked, response) => {
    handle(asked, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const front: PebbleFront = {
    directoryUrl: `https://localhost:${(server.address() as AddressInfo).port}/dir`,
    caPem: authority.rootPem,
    requests,
    payloads,
    statuses,
    intercept: () => undefined,
    renewalWindow: undefined,
    async close() {
      agent.destroy();
      server.closeAllConnections();
      await once(server.close(), 'close');
    },
  };
  return front;
}

async function readAll(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function readPayload(body: Buffer): unknown {
  if (body.length === 0) return undefined;
  const { payload } = JSON.parse(body.toString()) as { readonly payload: string };
  if (payload === '') return undefined;
  return JSON.parse(Buffer.from(payload, 'base64url').toString()) as unknown;
}

function send(response: ServerResponse, { status, headers, body }: FrontAnswer): void {
  response
    .writeHead(status, { 'Content-Type': 'application/json', ...headers })
    .end(JSON.stringify(body));
}

function answerRenewalInfo(asked: string, front: PebbleFront): FrontAnswer | undefined {
  if (!asked.startsWith('GET /renewal-info/')) return undefined;
  return {
    status: 200,
    headers: { 'Retry-After': '21600' },
    body: { suggestedWindow: front.renewalWindow },
  };
}

function addRenewalInfo(
  text: Buffer,
  asked: string,
  host: string | undefined,
  front: PebbleFront,
): Buffer {
  if (asked !== 'GET /dir' || front.renewalWindow === undefined) return text;
  const directory = JSON.parse(text.toString()) as Readonly<Record<string, unknown>>;
  return Buffer.from(
    JSON.stringify({ ...directory, renewalInfo: `https://${host ?? ''}/renewal-info` }),
  );
}
