import type { PublishEvent } from '../store/index.ts';
import { aboutHost, type Alert, type AlertCode } from './alert.ts';

/** What a look found. */
export interface Findings {
  readonly alerts: readonly Alert[];
  /** Whether the look could have seen such an alert, so that its absence means that all is well. */
  readonly couldSee: (code: AlertCode, mxHost: string) => boolean;
}

/** What is to be said after a look. */
export interface AlertNews {
  /** New, or standing for another day. */
  readonly raised: readonly Alert[];
  readonly over: readonly { readonly code: AlertCode; readonly mxHost: string }[];
}

const DAY_MS = 86_400_000;
const OVER = '-over';
const CODES: readonly AlertCode[] = ['mx-unmatched', 'probe-failed', 'certificate-of-mx-ends-soon'];

/** The code of the event that ends an alert. */
export function overCode(code: AlertCode): string {
  return `${code}${OVER}`;
}

/**
 * Compares a look with what was said before, as the domain's events tell (latest first): an alert is raised when it
 * appears, when it means something else than it did, and once a day while it stands.
 */
export function decideAlerts(
  events: readonly PublishEvent[],
  { alerts, couldSee }: Findings,
  nowMs: number,
): AlertNews {
  const standing = listStanding(events);
  const isNews = (alert: Alert): boolean => {
    const said = standing.get(keyOf(alert));
    if (said === undefined || nowMs - said.event.atMs >= DAY_MS) return true;
    // What an unmatched host means depends on the mode; a failed probe may fail otherwise each time.
    return alert.code === 'mx-unmatched' && said.event.message !== alert.message;
  };
  const found = new Set(alerts.map(keyOf));
  const over = [...standing]
    .filter(([key, { code, mxHost }]) => !found.has(key) && couldSee(code, mxHost))
    .map(([, { code, mxHost }]) => ({ code, mxHost }));
  return { raised: alerts.filter(isNews), over };
}

interface Said {
  readonly code: AlertCode;
  readonly mxHost: string;
  readonly event: PublishEvent;
}

function keyOf({ code, mxHost }: Pick<Alert, 'code' | 'mxHost'>): string {
  return `${code} ${mxHost}`;
}

function listStanding(events: readonly PublishEvent[]): Map<string, Said> {
  const latest = new Map<string, Said>();
  for (const event of events) {
    const code = CODES.find((each) => event.code === each || event.code === overCode(each));
    const mxHost = hostOf(event.message);
    if (code === undefined || mxHost === undefined) continue;
    const key = keyOf({ code, mxHost });
    if (!latest.has(key)) latest.set(key, { code, mxHost, event });
  }
  return new Map([...latest].filter(([, { event }]) => !event.code.endsWith(OVER)));
}

function hostOf(message: string): string | undefined {
  const host = /^MX (.*?): /.exec(message)?.[1];
  return host !== undefined && message.startsWith(aboutHost(host)) ? host : undefined;
}
