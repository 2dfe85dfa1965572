/** Something in the reports that somebody should know of, or that is over. Texts are escaped. */
export interface ReportAlert {
  readonly code: 'failures' | 'reporter-silent' | 'refused-burst';
  /** `over`: what was told before is not so any more. */
  readonly kind: 'raised' | 'over';
  /** The same from the first telling to the end. */
  readonly key: string;
  readonly severity: 'error' | 'warning';
  readonly domain?: string;
  readonly submitter?: string;
  /** Sentences with numbers, hosts and days. */
  readonly message: string;
  /** Absent when it is over. */
  readonly remedy?: string;
}

/** When an alert is raised. */
export interface ReportAlertSettings {
  /** Failed sessions of a domain's day, as a share of all, from 0 to 1. Default 0.05. */
  readonly failedShare: number;
  /** Failed sessions of a domain's day, whatever the share. Default 10. */
  readonly failedCount: number;
  /** Refused arrivals within an hour. Default 50. */
  readonly refusedAnHour: number;
  /** Whether a reporter's silence is told. Default true. */
  readonly silentReporters: boolean;
  /** Days looked at, up to today: the reports of a day come in the course of the next. Default 3. */
  readonly days: number;
}

export const REPORT_ALERT_SETTINGS: ReportAlertSettings = {
  failedShare: 0.05,
  failedCount: 10,
  refusedAnHour: 50,
  silentReporters: true,
  days: 3,
};
