import type { ImapDoorStatus } from '../../intake/index.ts';
import type { Route } from '../service/http-listener.ts';
import { type HttpResponse, json } from '../service/http-listener.ts';
import type { Census } from './census.ts';
import type { IntakeMetrics } from './metrics.ts';

export interface IntakeAdminParts {
  readonly version: string;
  readonly census: () => Promise<Census>;
  readonly metrics: IntakeMetrics;
  readonly imap: () => ImapDoorStatus | undefined;
}

/** What anybody on the admin listener may read: nothing here changes anything. */
export function createIntakeAdminRoute(parts: IntakeAdminParts): Route {
  const { version, census, metrics, imap } = parts;
  const health = async (): Promise<HttpResponse> => {
    const { lastReceivedAtMs } = await census();
    const status = imap();
    const isWell = status?.kind !== 'closed' || status.problem === undefined;
    return json(
      {
        status: isWell ? 'ok' : 'mailbox-unreadable',
        version,
        lastReport: lastReceivedAtMs === 0 ? null : new Date(lastReceivedAtMs).toISOString(),
      },
      isWell ? 200 : 503,
    );
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
