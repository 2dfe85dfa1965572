/**
 * MTA-STS (RFC 8461) and TLS reports (RFC 8460) as pure functions and types: no I/O, no clock, no randomness, no dependencies.
 *
 * @module
 */
export * from './certificate-identity.ts';
export * from './decide-delivery.ts';
export * from './decide-fetch.ts';
export * from './decide-policy.ts';
export * from './domain.ts';
export type { DomainIssueCode } from './domain-issue.ts';
export type { Extension } from './extension.ts';
export * from './format-sts-policy.ts';
export * from './format-sts-record.ts';
export * from './format-tlsrpt-record.ts';
export * from './mx-pattern.ts';
export * from './next-hop.ts';
export * from './parse-sts-policy.ts';
export * from './parse-sts-record.ts';
export * from './parse-tlsrpt-record.ts';
export * from './policy-host.ts';
export * from './policy-id.ts';
export * from './policy-lifetime.ts';
export * from './policy-lines.ts';
export * from './quote.ts';
export type { Issue, ParseOptions, Result, Severity } from './result.ts';
export * from './result-type.ts';
export * from './sts-policy.ts';
export type { StsRecord, StsRecordIssueCode } from './sts-record.ts';
export * from './sts-record-set.ts';
export * from './subject-alt-name.ts';
export * from './tlsrpt/index.ts';
export * from './tlsrpt-record.ts';
