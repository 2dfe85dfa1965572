/** What kind of policy the sessions were held against. RFC 8460 §4.4. */
export type PolicyType = 'tlsa' | 'sts' | 'no-policy-found';

/** Every policy type. RFC 8460 §4.4. */
export const POLICY_TYPES: readonly PolicyType[] = ['tlsa', 'sts', 'no-policy-found'];

/** Failures of one kind between the same two hosts. RFC 8460 §4.4. */
export interface FailureDetails {
  /** One of `RESULT_TYPES`, or what the registry or a reporter has beyond them (RFC 8460 §6.6). */
  readonly resultType: string;
  readonly failedSessionCount: number;
  readonly sendingMtaIp?: string;
  readonly receivingMxHostname?: string;
  readonly receivingMxHelo?: string;
  readonly receivingIp?: string;
  /** A URI with more about it; never to be fetched unasked. */
  readonly additionalInformation?: string;
  readonly failureReasonCode?: string;
}

/** The sessions of one day under one policy. RFC 8460 §4.4. */
export interface ReportedPolicy {
  /** One of `POLICY_TYPES`; a report that was read may have another, kept as it came. */
  readonly policyType: string;
  /** Lines of the MTA-STS policy, or one TLSA record each (RFC 8460 §4.5); empty where there is none. */
  readonly policyString: readonly string[];
  /** In lower case, without a trailing dot; absent only in a report that was read. */
  readonly policyDomain?: string;
  /** Patterns of the MTA-STS policy; empty for other types. */
  readonly mxHost: readonly string[];
  readonly totalSuccessfulSessionCount: number;
  /** Need not be the sum of the details: one session can fail in several ways (RFC 8460 §4). */
  readonly totalFailureSessionCount: number;
  readonly failureDetails: readonly FailureDetails[];
}

/** A TLS report. RFC 8460 §4.4. */
export interface TlsReport {
  readonly organizationName?: string;
  /** The address of who is responsible; absent only in a report that was read. */
  readonly contactInfo?: string;
  readonly reportId: string;
  /** The first moment covered, in milliseconds since the epoch. */
  readonly startMs: number;
  /** The first moment not covered any more; 24 hours after `startMs` for a whole day. */
  readonly endMs: number;
  readonly policies: readonly ReportedPolicy[];
}

/** What a report's text can show: errors, and what was repaired in reading (`tolerated`). */
export type TlsReportIssueCode =
  | 'json-invalid'
  | 'json-too-deep'
  | 'report-not-object'
  | 'date-invalid'
  | 'date-without-zone' // read as UTC
  | 'date-range-reversed'
  | 'date-range-not-a-day' // warning
  | 'end-exclusive' // the next midnight in place of the last second
  | 'organization-missing'
  | 'contact-missing'
  | 'contact-not-address' // warning
  | 'report-id-missing' // one is derived from the text
  | 'policies-missing'
  | 'policies-not-array' // one object, read as a list of one
  | 'policy-unusable' // the entry is left out
  | 'policy-type-unknown' // warning
  | 'policy-string-form' // one text, read as lines
  | 'policy-string-packed' // a JSON array within a text
  | 'policy-domain-missing'
  | 'policy-domain-form' // upper case or a trailing dot
  | 'mx-host-form' // one text, read as a list of one
  | 'member-alias' // the name of a draft or of a placeholder
  | 'member-type' // of a wrong JSON type, left out
  | 'count-missing' // read as 0
  | 'count-text' // digits in a string
  | 'detail-unusable' // the entry is left out
  | 'details-not-array'
  | 'text-empty' // an empty text for what is not known
  | 'address-invalid' // warning
  | 'result-type-unknown' // warning
  | 'counts-disagree' // notice
  | 'issues-omitted';
