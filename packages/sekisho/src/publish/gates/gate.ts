/** Whether something stands in the way of `enforce`. */
export interface Gate {
  readonly code:
    | 'probes-clean'
    | 'mx-matched'
    | 'reports-clean'
    | 'nothing-pending'
    | 'served-long';
  /** `unknown`: there is no evidence either way; it is shown, and does not hold. */
  readonly state: 'open' | 'shut' | 'unknown';
  /** Sentences with numbers, hosts and dates; escaped. */
  readonly evidence: readonly string[];
  /** What would open it. */
  readonly remedy?: string;
}

/** Failed sessions of one kind, as TLS reports tell of them (RFC 8460 §4.3, §4.4). */
export interface ReportedFailures {
  /** `sts`, `tlsa`, `no-policy-found` or something unknown. */
  readonly policyType: string;
  /** Of an MTA-STS policy; absent where the reports do not tell. */
  readonly mode?: string;
  readonly resultType: string;
  readonly sessions: number;
}

/** What verified TLS reports say about a domain (RFC 8460): facts; what they mean for `enforce` is judged here. */
export type ReportSummary =
  /** There are none, or none that counts. */
  | { readonly kind: 'none'; readonly because: string }
  /** Whether there are any cannot be told. */
  | { readonly kind: 'unknown'; readonly because: string }
  | {
      readonly kind: 'reports';
      /** Days with at least one verified report. */
      readonly days: number;
      /** Each counted once, however many policies it was reported under. */
      readonly sessions: number;
      /** Reports that nobody signed for, in which nothing is counted. */
      readonly unverifiedReports: number;
      /** A session that failed in two ways counts once in each. */
      readonly failures: readonly ReportedFailures[];
    };

/** Where TLS reports are read; the role that receives them fills it. */
export interface ReportEvidence {
  /** What the reports say of the days from the one of `sinceMs` on. */
  summarise(domain: string, sinceMs: number): Promise<ReportSummary>;
}
