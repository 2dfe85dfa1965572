import type { Clock } from '../clock/index.ts';
import { type AskContext, askServers } from './ask.ts';
import { createLifetime, type Lifetime } from './lifetime.ts';
import { lookUp } from './look-up.ts';
import type { QueryType } from './query.ts';
import {
  readA,
  readAaaa,
  readCaa,
  readMx,
  readNs,
  type RecordReader,
  readTlsa,
  readTxt,
} from './records.ts';
import type { DnsResult, LookupOptions, Resolver } from './resolver.ts';
import { parseServerAddress, SERVER_ADDRESS_FORMS, type ServerAddress } from './server-address.ts';
import {
  createFixedServerList,
  createResolvConfServerList,
  createServerOrder,
  type ServerList,
} from './server-list.ts';
import { createSlots } from './slots.ts';

export interface ResolverOptions {
  readonly clock: Clock;
  /** The resolvers to ask, in order, as `parseServerAddress` reads them. Without it: those of `resolvConfPath`. */
  readonly servers?: readonly string[];
  /** Default `/etc/resolv.conf`. Read anew when it changes. */
  readonly resolvConfPath?: string;
  /** For the first try with a server; each further one waits twice as long. Default 1500 ms. */
  readonly timeoutMs?: number;
  /** How often each server is asked. Default 3. */
  readonly tries?: number;
  /** For a whole lookup, over all servers, tries and CNAMEs. Default 8000 ms. */
  readonly deadlineMs?: number;
  /** Sockets open at once; further queries wait. Default 512. */
  readonly maxSockets?: number;
  /** Told in one sentence when `resolvConfPath` cannot be read or has a line that cannot be used. */
  readonly onConfigurationError?: (message: string) => void;
}

const IGNORE = (): void => undefined;

/**
 * A resolver that asks recursive servers over UDP and, for long answers, TCP. Opens no socket before the first lookup.
 *
 * @throws TypeError if `servers` is empty or has an entry that is not an address.
 */
export function createResolver(options: ResolverOptions): Resolver {
  const { clock, timeoutMs = 1500, tries = 3, deadlineMs = 8000, maxSockets = 512 } = options;
  const list = createServerList(options);
  const context: AskContext = {
    clock,
    timeoutMs,
    tries,
    slots: createSlots(maxSockets),
    order: createServerOrder(clock),
  };
  const lives = new Set<Lifetime>();
  let closed = false;

  const lookup =
    <T>(type: QueryType, read: RecordReader<T>) =>
    async (name: string, { signal }: LookupOptions = {}): Promise<DnsResult<T>> => {
      const life = createLifetime(clock, deadlineMs, signal);
      if (closed) life.end(CLOSED);
      lives.add(life);
      try {
        const servers = await list.current();
        return await lookUp({ name, type }, read, (question) =>
          askServers(servers, question, life, context),
        );
      } finally {
        lives.delete(life);
        life.release();
      }
    };

  return {
    lookupTxt: lookup('TXT', readTxt),
    lookupMx: lookup('MX', readMx),
    lookupA: lookup('A', readA),
    lookupAaaa: lookup('AAAA', readAaaa),
    lookupTlsa: lookup('TLSA', readTlsa),
    lookupNs: lookup('NS', readNs),
    lookupCaa: lookup('CAA', readCaa),
    close() {
      closed = true;
      for (const life of lives) life.end(CLOSED);
    },
  };
}

const CLOSED = { code: 'network', detail: 'the resolver is closed' } as const;

function createServerList(options: ResolverOptions): ServerList {
  const { clock, servers, resolvConfPath: path = '/etc/resolv.conf' } = options;
  if (servers !== undefined) return createFixedServerList(parseServers(servers));
  return createResolvConfServerList({
    path,
    clock,
    onProblem: options.onConfigurationError ?? IGNORE,
  });
}

function parseServers(texts: readonly string[]): readonly ServerAddress[] {
  if (texts.length === 0) throw new TypeError('Cannot create a resolver: no server is given');
  return texts.map((text) => {
    const server = parseServerAddress(text);
    if (server !== undefined) return server;
    throw new TypeError(`Cannot use DNS server: is "${text}", must be ${SERVER_ADDRESS_FORMS}`);
  });
}
