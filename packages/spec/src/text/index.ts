/** What both standards are written in: domain names, results with all their issues, quoted text. */
export * from './domain.ts';
export type { DomainIssueCode } from './domain-issue.ts';
export type { Extension } from './extension.ts';
export * from './quote.ts';
export * from './result-type.ts';
export type { Issue, ParseOptions, Result, Severity } from './result.ts';
