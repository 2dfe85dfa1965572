import type { ReportStore } from '../../report/store/index.ts';
import type { Route } from '../service/http-listener.ts';
import { type HttpResponse, json } from '../service/http-listener.ts';
import type { DatagramSockets } from './listen-datagrams.ts';
import type { ReportMetrics } from './metrics.ts';

export interface ReportAdminParts {
  readonly version: string;
  readonly store: ReportStore;
  readonly metrics: ReportMetrics;
  readonly sockets: DatagramSockets;
}

/** What anybody on the admin listener may read: nothing here changes anything. */
export function createReportAdminRoute(parts: ReportAdminParts): Route {
  const { version, store, metrics, sockets } = parts;
  const health = async (): Promise<HttpResponse> => {
    const openDays = (await store.listOpenDays()).length;
    const isWell = sockets.receiving === sockets.places.length;
    const status = isWell ? 'ok' : 'not-receiving';
    return json({ status, version, openDays }, isWell ? 200 : 503);
  };
  const exposition = async (): Promise<HttpResponse> => {
    const { text, contentType } = await metrics.render();
    return { status: 200, contentType, body: text };
  };
  return (method, path) => {
    if ((method !== 'GET' && method !== 'HEAD') || path.length !== 1) return undefined;
    const [name] = path;
    if (name === 'healthz') return health();
    return name === 'metrics' ? exposition() : undefined;
  };
}
