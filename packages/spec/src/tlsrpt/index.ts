/** SMTP TLS reporting (RFC 8460): records and reports read and written, sessions counted. */
export * from './aggregate-sessions.ts';
export * from './count-sessions.ts';
export * from './format-tls-report.ts';
export * from './format-tlsrpt-record.ts';
export * from './parse-tls-report.ts';
export * from './parse-tlsrpt-record.ts';
export * from './report-names.ts';
export * from './reported-policy.ts';
export type * from './tls-report.ts';
export { POLICY_TYPES } from './tls-report.ts';
export * from './tlsrpt-record.ts';
