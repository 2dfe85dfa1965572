import type { Clock } from '../../io/clock/index.ts';
import type { AlertState, IntakeStore } from '../store/index.ts';
import type { Log } from '../../io/log/index.ts';
import { showText } from '../explain/show-text.ts';
import { REPORT_ALERT_SETTINGS, type ReportAlert, type ReportAlertSettings } from './alert.ts';
import { FAILURES, findReportAlerts, type FoundAlert, SILENT } from './find-alerts.ts';

export interface ReportAlertsOptions {
  readonly store: IntakeStore;
  readonly clock: Clock;
  readonly log: Log;
  /** Tells somebody. What it throws is logged, and the alert is told again at the next look. */
  readonly notify: (alert: ReportAlert) => Promise<void>;
  readonly settings?: Partial<ReportAlertSettings>;
  /** Whether a domain is one of ours: anybody can sign a report about any other. Default: every one is. */
  readonly concerns?: (domain: string) => boolean;
  /** Default 10 minutes. */
  readonly everyMs?: number;
}

/** Watches the received reports. */
export interface ReportAlerts {
  /** Looks once; resolves when everything has been told. */
  check(): Promise<void>;
  /** Looks now, and by the clock from then on. */
  start(): void;
  /** Waits for the look that is under way. */
  close(): Promise<void>;
}

const EVERY_MS = 600_000;

/**
 * Makes what tells of failures, of silent reporters and of bursts of refused arrivals: once, again when there is something
 * new about it, and when it is over. What was told is kept in the store, after it was told: after a kill in between, it is
 * told twice rather than never.
 */
export function createReportAlerts(options: ReportAlertsOptions): ReportAlerts {
  const { store, clock, log, concerns = () => true, everyMs = EVERY_MS } = options;
  const settings = { ...REPORT_ALERT_SETTINGS, ...options.settings };
  const tell = async (alert: ReportAlert, state: string | undefined): Promise<void> => {
    try {
      await options.notify(alert);
    } catch (error) {
      log.warn('alert cannot be told', { key: alert.key, error });
      return;
    }
    await store.putAlertState(alert.key, state, clock.now());
  };
  const check = async (): Promise<void> => {
    const known = new Map((await store.listAlertStates()).map((state) => [state.key, state]));
    const { found, isOver } = await findReportAlerts(store, clock.now(), settings, concerns);
    for (const one of found) {
      const state = nextState(known.get(one.alert.key), one);
      if (state !== undefined) await tell(one.alert, state);
      known.delete(one.alert.key);
    }
    for (const key of known.keys()) if (await isOver(key)) await tell(overOf(key), undefined);
  };

  let underWay: Promise<void> | undefined;
  let cancel: (() => void) | undefined;
  let isClosed = false;
  const look = (): void => {
    underWay = check()
      .catch((error: unknown) => log.error('reports cannot be watched', { error }))
      .finally(() => {
        if (!isClosed) cancel = clock.after(everyMs, look);
      });
  };
  return {
    check,
    start: look,
    async close() {
      isClosed = true;
      cancel?.();
      await underWay;
    },
  };
}

/** Undefined when all of it was told before. Aspects that are gone stay known until the end, so that none flickers. */
function nextState(known: AlertState | undefined, { aspects }: FoundAlert): string | undefined {
  const told = known === undefined ? [] : (JSON.parse(known.state) as readonly string[]);
  const all = new Set([...told, ...aspects]);
  return known !== undefined && all.size === told.length
    ? undefined
    : JSON.stringify([...all].toSorted());
}

function overOf(key: string): ReportAlert {
  const over = { kind: 'over', key, severity: 'warning' } as const;
  if (key.startsWith(FAILURES)) {
    const domain = showText(key.slice(FAILURES.length));
    const message = `${domain}: failures are below the limit again.`;
    return { ...over, code: 'failures', domain, message };
  }
  if (key.startsWith(SILENT)) {
    const submitter = showText(key.slice(SILENT.length));
    const message = `${submitter} is not missed any more: it reports again, or has not for so long that it is forgotten.`;
    return { ...over, code: 'reporter-silent', submitter, message };
  }
  const message = 'Fewer arrivals are refused again.';
  return { ...over, code: 'refused-burst', message };
}
