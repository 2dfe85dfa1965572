/** The MX hosts of one mail provider, as a policy names them (RFC 8461 §3.2). */
export interface Preset {
  /** For `--preset`. */
  readonly name: string;
  /** What people call it. */
  readonly provider: string;
  /** `patternsFor` adds what depends on the customer's own MX. */
  readonly patterns: readonly string[];
  /** Each customer's host stands below this name and one label more, which only the live MX tells. */
  readonly zone?: string;
  /** A page of the provider that names its MX hosts. */
  readonly source: string;
  /** When this was last compared with what the provider says, as `YYYY-MM-DD`. */
  readonly checkedOn: string;
  /** What to know before using it. */
  readonly note?: string;
}
