import type { Clock } from '../clock/index.ts';
import { type Exchange, exchangeMessage, type Request } from './exchange.ts';
import { mostTelling, toFailure } from './failure.ts';
import type { Lifetime } from './lifetime.ts';
import { createQuery, type Question } from './query.ts';
import type { DnsFailure, DnsFailureCode } from './resolver.ts';
import { type Response, toRequest } from './response.ts';
import { formatServerAddress, type ServerAddress } from './server-address.ts';
import type { ServerOrder } from './server-list.ts';
import type { Slots } from './slots.ts';

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

/** A response that says NOERROR or NXDOMAIN, and who gave it. */
export interface AnsweredQuery {
  readonly kind: 'asked';
  readonly response: Response;
  readonly server: ServerAddress;
}

/** One try that gave no answer. */
interface FailedTry {
  readonly kind: 'failed';
  readonly code: DnsFailureCode;
  /** Such as `192.0.2.1:53 answered SERVFAIL`; printable ASCII. */
  readonly text: string;
  /** The server itself said so: it is alive, and asking it again is of no use. */
  readonly final: boolean;
}

const NOERROR = 0;
export const NXDOMAIN = 3;

const RCODES: ReadonlyMap<number, { readonly name: string; readonly code: DnsFailureCode }> =
  new Map([
    [1, { name: 'FORMERR', code: 'rcode' }],
    [2, { name: 'SERVFAIL', code: 'servfail' }],
    [4, { name: 'NOTIMP', code: 'rcode' }],
    [5, { name: 'REFUSED', code: 'refused' }],
    [9, { name: 'NOTAUTH', code: 'rcode' }],
    [16, { name: 'BADVERS', code: 'rcode' }],
  ]);

/** Tells what an exchange with a server means. */
function judgeExchange(
  server: ServerAddress,
  exchange: Exchange<Response>,
): AnsweredQuery | FailedTry {
  const address = formatServerAddress(server);
  switch (exchange.kind) {
    case 'failed':
      return {
        kind: 'failed',
        code: exchange.code,
        text: `${address} ${exchange.detail}`,
        final: false,
      };
    case 'truncated':
      return {
        kind: 'failed',
        code: 'malformed',
        text: `${address} sent a cut answer`,
        final: false,
      };
    case 'response':
      return judgeResponse(server, address, exchange.response);
  }
}

function judgeResponse(
  server: ServerAddress,
  address: string,
  response: Response,
): AnsweredQuery | FailedTry {
  const { rcode, extendedError } = response;
  if (rcode === NOERROR || rcode === NXDOMAIN) return { kind: 'asked', response, server };
  const { name, code } = RCODES.get(rcode) ?? { name: `RCODE ${rcode}`, code: 'rcode' };
  const detail = extendedError === undefined ? '' : ` (${extendedError})`;
  return { kind: 'failed', code, text: `${address} answered ${name}${detail}`, final: true };
}
