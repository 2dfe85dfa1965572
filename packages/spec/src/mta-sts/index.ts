/** MTA-STS (RFC 8461): records and policies read and written, MX hosts matched, and what a sender must do. */
export * from './certificate-identity.ts';
export * from './decide-delivery.ts';
export * from './decide-fetch.ts';
export * from './decide-policy.ts';
export * from './format-sts-policy.ts';
export * from './format-sts-record.ts';
export * from './mx-pattern.ts';
export * from './next-hop.ts';
export * from './parse-sts-policy.ts';
export * from './parse-sts-record.ts';
export * from './policy-host.ts';
export * from './policy-id.ts';
export * from './policy-lifetime.ts';
export * from './policy-lines.ts';
export * from './sts-policy.ts';
export type { StsRecord, StsRecordIssueCode } from './sts-record.ts';
export * from './sts-record-set.ts';
export * from './subject-alt-name.ts';
