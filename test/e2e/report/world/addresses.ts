/** Where the reports about the receiving domains go: an MX, and a web server. */
export const REPORT_HOST = '192.0.2.130';

/** Whose reports come back; its MX is `mx.reports.test`. */
export const REPORT_DOMAIN = 'reports.test';
export const REPORT_MX = `mx.${REPORT_DOMAIN}`;
export const REPORT_MAILBOX = `tlsrpt@${REPORT_DOMAIN}`;

/** Who reports. */
export const REPORTER_DOMAIN = 'sender.test';
export const REPORTER = `tlsrpt@${REPORTER_DOMAIN}`;
