/** TLS reports about other domains (RFC 8460): sessions collected, reported when their day is over, and sent. */
export * from './collect/index.ts';
export * from './day/index.ts';
export { createMailCarrier, type MailCarrierOptions } from './deliver/carriers.ts';
export { createPostCarrier } from './deliver/carriers.ts';
export type { CarryOptions, CarryResult, ReportCarrier, ReportParcel } from './deliver/carrier.ts';
export { SIGNED_FIELDS } from './deliver/report-message.ts';
export * from './discovery-sessions/index.ts';
export * from './postfix-log/index.ts';
export * from './schedule/index.ts';
export * from './sessions-api/index.ts';
