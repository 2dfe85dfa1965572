import type { AlertState } from '../../alert/index.ts';
import type { Clock } from '../../io/clock/index.ts';
import type { Log } from '../../io/log/index.ts';
import type { IntakeReader } from '../store/index.ts';
import { findReportAlerts } from './find-alerts.ts';
import {
  type IntakeAlertSink,
  REPORT_ALERT_SETTINGS,
  type ReportAlertSettings,
} from './intake-alerts.ts';

export interface ReportAlertsOptions {
  readonly store: IntakeReader;
  readonly clock: Clock;
  readonly log: Log;
  readonly alerts: IntakeAlertSink;
  readonly settings?: Partial<ReportAlertSettings>;
  /** Whether a domain is one of ours: anybody can sign a report about any other. Default: every one is. */
  readonly concerns?: (domain: string) => boolean;
  /** Default 10 minutes. */
  readonly everyMs?: number;
}

const EVERY_MS = 600_000;

/** Watches the received reports, and raises alerts for failures, silent reporters and bursts of refused arrivals. */
export class ReportAlerts {
  readonly #options: ReportAlertsOptions;
  #underWay: Promise<void> | undefined;
  #cancel: (() => void) | undefined;
  #isClosed = false;

  constructor(options: ReportAlertsOptions) {
    this.#options = options;
  }

  /** Looks once. */
  async check(): Promise<void> {
    const { store, clock, log, alerts, concerns = () => true } = this.#options;
    const settings = { ...REPORT_ALERT_SETTINGS, ...this.#options.settings };
    const { found, isOver } = await findReportAlerts(store, clock.now(), settings, concerns);
    const over = alerts
      .standing()
      .filter(isOver)
      .map(({ code, subject }) => ({ code, subject, message: OVER[code](subject) }));
    for (const news of alerts.note({ alerts: found, over })) tellLog(news, log);
  }

  /** Looks now, and by the clock from then on. */
  start(): void {
    const { clock, log, everyMs = EVERY_MS } = this.#options;
    this.#underWay = this.check()
      .catch((error: unknown) => log.error('reports cannot be watched', { error }))
      .finally(() => {
        if (!this.#isClosed) this.#cancel = clock.after(everyMs, () => this.start());
      });
  }

  /** Waits for the look that is under way. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancel?.();
    await this.#underWay;
  }
}

const OVER = {
  'failures-reported': ({ domain = '' }: AlertState['subject']) =>
    `${domain}: failures are below the limit again.`,
  'reporter-silent': ({ submitter = '' }: AlertState['subject']) =>
    `${submitter} is not missed any more: it reports again, or has not for so long that it is forgotten.`,
  'refused-burst': () => 'Fewer arrivals are refused again.',
} as const;

function tellLog({ code, kind, severity, subject, message, remedy }: AlertState, log: Log): void {
  const raised = severity === 'error' ? 'error' : 'warn';
  log[kind === 'over' ? 'info' : raised]('TLS reports', {
    code,
    kind,
    domain: subject.domain,
    submitter: subject.submitter,
    message,
    remedy,
  });
}
