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

/** What TLS reports say about a domain (RFC 8460); the reports' part of Sekisho fills it. */
export interface ReportEvidence {
  summarise(
    domain: string,
    sinceMs: number,
  ): Promise<
    /** There are none, or none that counts. */
    | { readonly kind: 'none'; readonly because: string }
    /** Whether there are any cannot be told. */
    | { readonly kind: 'unknown'; readonly because: string }
    | {
        readonly kind: 'reports';
        /** Days with at least one authenticated report. */
        readonly days: number;
        readonly sessions: number;
        /** Failed sessions that `enforce` would turn into mail not delivered, by result type. */
        readonly failures: readonly { readonly resultType: string; readonly sessions: number }[];
      }
  >;
}
