/** The MX hosts of one mail provider, as a policy names them (RFC 8461 §3.2). */
export interface Preset {
  /** For `--preset`. */
  readonly name: string;
  /** What people call it. */
  readonly provider: string;
  readonly mx: readonly string[];
  /** A page of the provider that names its MX hosts. */
  readonly source: string;
  /** The day whose state it is, as `YYYY-MM-DD`. */
  readonly asOf: string;
  /** What to know before using it, one sentence each. */
  readonly notes: readonly string[];
}
