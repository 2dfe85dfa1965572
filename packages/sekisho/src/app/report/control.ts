import type { Clock } from '../../io/clock/index.ts';
import type { ReportStore } from '../../report/store/index.ts';
import type { Route } from '../service/http-listener.ts';
import { type HttpResponse, json } from '../service/http-listener.ts';
import type { ReportEngine } from './engine.ts';
import { sendNow } from './give-orders.ts';
import type { DiscoveryRequest } from '../control/report.ts';
import { readDiscovery, readRetry, readSend } from './read-orders.ts';

export interface ReportControlParts {
  /** The engine in charge; a reload exchanges it. */
  readonly engine: () => ReportEngine;
  readonly store: ReportStore;
  readonly clock: Clock;
  readonly takeDiscovery: (request: DiscoveryRequest) => Promise<void>;
}

const BAD_REQUEST = json({ error: 'bad-request' }, 400);

/** What changes something; only ever served on the socket in the state directory. */
export function createReportControlRoute(parts: ReportControlParts): Route {
  const posts = new Map<string, (body: string) => Promise<HttpResponse>>([
    [
      'send',
      async (body) => {
        const request = readSend(body);
        if (request === undefined) return BAD_REQUEST;
        return json(await sendNow(request, { ...parts, reporter: parts.engine().reporter }));
      },
    ],
    [
      'retry',
      async (body) => {
        const request = readRetry(body);
        if (request === undefined) return BAD_REQUEST;
        return json(await parts.engine().reporter.retry(request.reportId, request.place));
      },
    ],
    [
      'discovery',
      async (body) => {
        const request = readDiscovery(body);
        if (request === undefined) return BAD_REQUEST;
        await parts.takeDiscovery(request);
        return json({ kind: 'done' });
      },
    ],
  ]);
  return (method, path, { readBody }) => {
    const [version, verb = ''] = path;
    if (method !== 'POST' || version !== 'v1' || path.length !== 2) return undefined;
    const act = posts.get(verb);
    return act && readBody().then((body) => act(body ?? ''));
  };
}
