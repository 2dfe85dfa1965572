import { type Domain, parseDomain } from '@sekisho/spec';
import { toAscii } from '../../io/idn/index.ts';
import type { Order, OrderOutcome, Rollout } from '../../publish/index.ts';
import type { RequestDetails, Route } from '../service/http-listener.ts';
import { type HttpResponse, json } from '../service/http-listener.ts';
import type { PublishEngine } from './engine.ts';
import { readOrder, readRollback, readSet } from './read-body.ts';
import type { PublishReader } from './reader.ts';

export interface ControlParts {
  /** The engine in charge; a reload exchanges it. */
  readonly engine: () => PublishEngine;
  readonly reader: () => PublishReader;
  readonly upkeep: () => Promise<void>;
}

type Act = (domain: Domain, details: RequestDetails) => Promise<HttpResponse>;

const MOST_DOMAINS = 1000;
const BAD_REQUEST = json({ error: 'bad-request' }, 400);
const UNKNOWN_DOMAIN = json({ kind: 'unknown-domain' }, 404);

/** What changes something, and what the commands read; only ever served on the socket in the state directory. */
export function createPublishControlRoute(parts: ControlParts): Route {
  const posts = createPosts(parts.engine);
  const gets = createGets(parts.reader);
  return (method, path, details) => {
    const [version, things, name = '', verb = ''] = path;
    if (version !== 'v1') return undefined;
    if (method === 'POST' && path.length === 2 && things === 'tick') return tick(parts);
    if (things !== 'domains') return undefined;
    if (method === 'GET' && path.length === 2) return list(parts.reader(), details.query);
    if (path.length !== 3 && path.length !== 4) return undefined;
    const acts = method === 'POST' ? posts : method === 'GET' ? gets : undefined;
    const act = acts?.get(verb);
    return act && withDomain(name, (domain) => act(domain, details));
  };
}

/** Everything that is due, in the order in which one thing leads to another. */
async function tick({ engine, upkeep }: ControlParts): Promise<HttpResponse> {
  const { rollout, certificates, watch } = engine();
  await upkeep();
  await certificates.tick();
  await watch.tick();
  await rollout.tick();
  return json({ kind: 'done' });
}

async function withDomain(
  name: string,
  run: (domain: Domain) => Promise<HttpResponse>,
): Promise<HttpResponse> {
  const domain = parseDomain(name, { toAscii });
  return domain.ok
    ? run(domain.value)
    : json({ error: 'not-a-domain', issues: domain.issues }, 400);
}

async function list(reader: PublishReader, query: URLSearchParams): Promise<HttpResponse> {
  const after = parseDomain(query.get('after') ?? '');
  const limit = Math.min(Number(query.get('limit') ?? MOST_DOMAINS) || MOST_DOMAINS, MOST_DOMAINS);
  const page = { limit, ...(after.ok ? { after: after.value } : {}) };
  return json({ domains: await reader.list(page) });
}

function createGets(reader: () => PublishReader): ReadonlyMap<string, Act> {
  return new Map<string, Act>([
    [
      '',
      async (domain) => {
        const answer = await reader().status(domain);
        return answer === undefined ? UNKNOWN_DOMAIN : json(answer);
      },
    ],
    [
      'history',
      async (domain) => {
        const answer = await reader().history(domain);
        return answer === undefined ? UNKNOWN_DOMAIN : json(answer);
      },
    ],
  ]);
}

type PlainOrder = (rollout: Rollout, domain: Domain, order: Order) => Promise<OrderOutcome>;

function createPosts(engine: () => PublishEngine): ReadonlyMap<string, Act> {
  const plain =
    (give: PlainOrder): Act =>
    async (domain, { readBody }) => {
      const order = readOrder((await readBody()) ?? '');
      return order === undefined ? BAD_REQUEST : json(await give(engine().rollout, domain, order));
    };
  return new Map<string, Act>([
    [
      'set',
      async (domain, { readBody }) => {
        const request = readSet((await readBody()) ?? '');
        if (request === undefined) return BAD_REQUEST;
        return json(await engine().rollout.set(domain, request.wish, request.order));
      },
    ],
    [
      'rollback',
      async (domain, { readBody }) => {
        const request = readRollback((await readBody()) ?? '');
        if (request === undefined) return BAD_REQUEST;
        return json(await engine().rollout.rollback(domain, request.to, request.order));
      },
    ],
    ['leave', plain((rollout, domain, order) => rollout.leave(domain, order))],
    ['remove', plain((rollout, domain, order) => rollout.remove(domain, order))],
    ['abandon', plain((rollout, domain, order) => rollout.abandon(domain, order))],
    [
      'probe',
      async (domain) => {
        const look = await engine().watch.probeNow(domain);
        return look === undefined ? UNKNOWN_DOMAIN : json(look);
      },
    ],
    ['renew', async (domain) => json(await engine().certificates.renewNow(domain))],
  ]);
}
