import type { Clock } from '../clock/index.ts';
import type { Request } from './exchange.ts';
import { exchangeMessage } from './exchange-message.ts';
import { mostTelling, toFailure } from './failure.ts';
import type { Lifetime } from './lifetime.ts';
import { createQuery, type Question } from './query.ts';
import type { DnsFailure } from './resolver.ts';
import { type Response, toRequest } from './response.ts';
import type { ServerAddress } from './server-address.ts';
import type { ServerOrder } from './server-order.ts';
import type { Slots } from './slots.ts';
import { type AnsweredQuery, type FailedTry, judgeExchange } from './verdict.ts';

/** What all lookups of one resolver share. */
export interface AskContext {
  readonly clock: Clock;
  /** For one try in the first round; doubled in each further one. */
  readonly timeoutMs: number;
  /** Rounds over the servers. */
  readonly tries: number;
  readonly slots: Slots;
  readonly order: ServerOrder;
  /** Authoritative servers are asked, which do not recurse. Default `false`. */
  readonly isDirect?: boolean;
}

/** Asks the servers in turn, round by round, until one answers. */
export async function askServers(
  servers: readonly ServerAddress[],
  question: Question,
  life: Lifetime,
  context: AskContext,
): Promise<AnsweredQuery | DnsFailure> {
  const failures = new Map<ServerAddress, FailedTry>();
  for (let round = 0; round < context.tries; round += 1) {
    const timeoutMs = context.timeoutMs * 2 ** round;
    for (const server of context.order.sort(servers)) {
      if (failures.get(server)?.final === true) continue;
      const result = await tryServer(server, question, timeoutMs, life, context);
      if (life.ended() !== undefined) return summarise(question, life, failures);
      if (result.kind === 'asked') return result;
      failures.set(server, { ...result, text: `${result.text} (try ${round + 1})` });
    }
  }
  return summarise(question, life, failures);
}

async function tryServer(
  server: ServerAddress,
  question: Question,
  timeoutMs: number,
  { signal }: Lifetime,
  { clock, slots, order, isDirect = false }: AskContext,
): Promise<AnsweredQuery | FailedTry> {
  const release = await slots.acquire(signal);
  try {
    const bounds = { clock, timeoutMs, signal };
    const makeRequest = (): Request<Response> => toRequest(createQuery(question, isDirect));
    const result = judgeExchange(server, await exchangeMessage(server, makeRequest, bounds));
    const answered = result.kind === 'asked' || result.final;
    if (answered) order.markAlive(server);
    else if (!signal.aborted) order.markFailed(server);
    return result;
  } finally {
    release();
  }
}

/** When the resolver was closed nothing else matters; else the failure that tells most. */
function summarise(
  question: Question,
  life: Lifetime,
  failures: ReadonlyMap<ServerAddress, FailedTry>,
): DnsFailure {
  const ended = life.ended();
  const tries = [...failures.values()];
  const code =
    ended?.code === 'network'
      ? 'network'
      : mostTelling([
          ...tries.map(({ code }) => code),
          ...(ended === undefined ? [] : [ended.code]),
        ]);
  const reasons = [
    ...tries.map(({ text }) => text),
    ...(ended === undefined ? [] : [ended.detail]),
  ];
  return toFailure(question, code, reasons);
}
