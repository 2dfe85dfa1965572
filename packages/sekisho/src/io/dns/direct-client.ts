import type { Clock } from '../clock/index.ts';
import { type AnsweredQuery, type AskContext, askServers } from './ask.ts';
import { type Exchange, exchangeMessage, type Request } from './exchange.ts';
import { createLifetime, type Lifetime } from './lifetime.ts';
import type { Question } from './query.ts';
import type { DnsFailure, LookupOptions } from './resolver.ts';
import type { ServerAddress } from './server-address.ts';
import { createServerOrder } from './server-list.ts';
import { createSlots } from './slots.ts';

export interface DirectClientOptions {
  readonly clock: Clock;
  /** For the first try; each further one waits twice as long. Default 1500 ms. */
  readonly timeoutMs?: number;
  /** Default 3. */
  readonly tries?: number;
  /** For a whole question, over all tries. Default 8000 ms. */
  readonly deadlineMs?: number;
  /** Questions at once; further ones wait. Default 32. */
  readonly maxSockets?: number;
}

/** Talks to servers that are named for each message: authoritative ones, which do not recurse. */
export interface DirectClient {
  /** Asks one server. Whether it answered with authority, the caller looks at. Never rejects. */
  ask(
    server: ServerAddress,
    question: Question,
    options?: LookupOptions,
  ): Promise<AnsweredQuery | DnsFailure>;
  /** Sends one message of any kind, once. Never rejects. */
  exchange<T>(
    server: ServerAddress,
    makeRequest: () => Request<T>,
    options?: LookupOptions & { readonly overTcp?: boolean },
  ): Promise<Exchange<T>>;
  /** What is under way ends with `network`. */
  close(): void;
}

const CLOSED = { code: 'network', detail: 'the client is closed' } as const;

/** Opens no socket before the first message. */
export function createDirectClient(options: DirectClientOptions): DirectClient {
  const { clock, timeoutMs = 1500, tries = 3, deadlineMs = 8000, maxSockets = 32 } = options;
  const slots = createSlots(maxSockets);
  const order = createServerOrder(clock);
  const context: AskContext = { clock, timeoutMs, tries, slots, order, isDirect: true };
  const lives = new Set<Lifetime>();
  let closed = false;

  const live = async <T>(
    { signal }: LookupOptions,
    run: (life: Lifetime) => Promise<T>,
  ): Promise<T> => {
    const life = createLifetime(clock, deadlineMs, signal);
    if (closed) life.end(CLOSED);
    lives.add(life);
    try {
      return await run(life);
    } finally {
      lives.delete(life);
      life.release();
    }
  };

  return {
    ask: (server, question, options = {}) =>
      live(options, (life) => askServers([server], question, life, context)),
    exchange: (server, makeRequest, { overTcp = false, ...options } = {}) =>
      live(options, async ({ signal }) => {
        const release = await slots.acquire(signal);
        try {
          return await exchangeMessage(server, makeRequest, { clock, timeoutMs, signal, overTcp });
        } finally {
          release();
        }
      }),
    close() {
      closed = true;
      for (const life of lives) life.end(CLOSED);
    },
  };
}
