import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** Where a server listens, as the load generator spells it. */
export type Endpoint = `tcp:${number}` | `unix:${string}`;
export type Transport = 'tcp' | 'unix';
export const TRANSPORTS: readonly Transport[] = ['tcp', 'unix'];

/** A port of 127.0.0.1 on which nobody listens. */
export async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('No TCP port was given');
  return address.port;
}

/** Asks one question on a connection of its own. Rejects if nobody answers within `timeoutMs`. */
function askOnce(endpoint: Endpoint, request: string, timeoutMs: number): Promise<string> {
  const where = endpoint.slice(endpoint.indexOf(':') + 1);
  const socket = endpoint.startsWith('unix:')
    ? connect({ path: where })
    : connect({ host: '127.0.0.1', port: Number(where) });
  const answer = new Promise<string>((done, failed) => {
    socket.once('data', (data) => done(data.toString('latin1')));
    socket.once('error', failed);
    socket.once('close', () => failed(new Error('it closed the connection')));
    socket.setTimeout(timeoutMs, () => failed(new Error('it does not answer')));
  });
  socket.write(`${String(Buffer.byteLength(request))}:${request},`);
  return answer.finally(() => socket.destroy());
}

/** A server that took the request but says nothing is asked anew. */
const ASK_MS = 5000;

export interface Expectation {
  readonly key: string;
  /** What the reply must contain. */
  readonly reply: string;
  readonly timeoutMs: number;
  /** Ends the waiting early, with the reason. */
  readonly given?: () => string | undefined;
}

/** Asks every millisecond until the expected reply comes. @throws {Error} if it never does. */
export async function waitForReply(endpoint: Endpoint, expected: Expectation): Promise<void> {
  const untilMs = performance.now() + expected.timeoutMs;
  let last = 'it did not answer';
  while (performance.now() < untilMs) {
    const reply = await askOnce(
      endpoint,
      `sts ${expected.key}`,
      Math.min(expected.timeoutMs, ASK_MS),
    ).catch((error: unknown) => String(error));
    if (reply.includes(expected.reply)) return;
    last = reply;
    const ended = expected.given?.();
    if (ended !== undefined) throw new Error(`${endpoint} never answered: ${ended}`);
    await delay(1);
  }
  throw new Error(`${endpoint} never answered ${expected.key} as expected; last: ${last}`);
}
