/** What reports can mean. Those from `tlsa-invalid` to `dane-required` concern DANE, and are none of MTA-STS. */
export type FindingCode =
  | 'mx-not-in-policy'
  | 'starttls-missing'
  | 'certificate-host-mismatch'
  | 'certificate-expired'
  | 'certificate-not-trusted'
  | 'negotiation-failed'
  | 'policy-unfetchable'
  | 'policy-invalid'
  | 'policy-host-untrusted'
  | 'tlsa-invalid'
  | 'dnssec-invalid'
  | 'dane-required'
  | 'unknown-result'
  | 'reporter-silent'
  | 'reporter-new'
  | 'sessions-dropped'
  | 'no-reports';

/** How much of the domain's reporters see a failure: where one alone does, it may lie at its side. */
export type Reach = 'one-of-several' | 'some' | 'all' | 'only-reporter';

/** What a finding rests on. Texts are escaped. */
export interface Evidence {
  /** Failed sessions; a session that failed in two ways is in two findings. */
  readonly sessions?: number;
  readonly mxHost?: string;
  readonly addresses?: readonly string[];
  readonly firstDay?: string;
  readonly lastDay?: string;
  readonly reporters?: readonly string[];
  /** Reporters of the domain in the same days. */
  readonly allReporters?: number;
  readonly reach?: Reach;
  /** What reporters gave as the reason; at most 5. */
  readonly reasons?: readonly string[];
  /** `testing`, `enforce`, `none`, as reported. */
  readonly modes?: readonly string[];
  /** Whether the sessions were held against TLSA records (RFC 7672). */
  readonly isDane?: boolean;
  /** Days without a report, and the days that usually lie between two. */
  readonly missedDays?: number;
  readonly usualDays?: number;
  /** Sessions in as many days before. */
  readonly before?: number;
}

/** One thing that reports say about a domain. */
export interface Finding {
  readonly code: FindingCode;
  /** `error`: mail is lost, or would be under `enforce`. */
  readonly severity: 'error' | 'warning' | 'notice';
  /** Absent where it concerns all domains. */
  readonly domain?: string;
  readonly evidence: Evidence;
  /** What it means; sentences, escaped. */
  readonly meaning: string;
  /** What to do about it. */
  readonly remedy: string;
}

export type Language = 'en' | 'ja';
