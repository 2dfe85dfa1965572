import type { PublishStore } from '../../publish/store/index.ts';
import { askFor, type PolicyBook } from '../../publish/index.ts';
import type { Route } from '../service/http-listener.ts';
import { type HttpResponse, json } from '../service/http-listener.ts';
import type { PublishMetrics } from './metrics.ts';

export interface PublishAdminParts {
  readonly version: string;
  readonly store: PublishStore;
  readonly policies: PolicyBook;
  readonly metrics: PublishMetrics;
}

/** What anybody on the admin listener may read: nothing here changes anything. */
export function createPublishAdminRoute(parts: PublishAdminParts): Route {
  const { version, store, policies, metrics } = parts;
  const health = async (): Promise<HttpResponse> =>
    json({ status: 'ok', version, domains: await store.countDomains() });
  const exposition = async (): Promise<HttpResponse> => {
    const { text, contentType } = await metrics.render();
    return { status: 200, contentType, body: text };
  };
  /** Caddy's on-demand TLS looks at the status alone. */
  const ask = async (hostName: string): Promise<HttpResponse> => {
    const status = await askFor(policies, hostName);
    return json({ host: hostName, isServed: status === 200 }, status);
  };
  return (method, path, { query }) => {
    if (method !== 'GET' && method !== 'HEAD') return undefined;
    const [first, second] = path;
    if (path.length === 1 && first === 'healthz') return health();
    if (path.length === 1 && first === 'metrics') return exposition();
    if (path.length === 2 && first === 'v1' && second === 'ask')
      return ask(query.get('domain') ?? '');
    return undefined;
  };
}
