/** One DNS record that a domain needs, and who has to see to it. */
export interface WantedRecord {
  /**
   * - `signalling`: the TXT record with the policy's id (RFC 8461 §3.1), or the CNAME that leads to it.
   * - `host`: where the policy host is found.
   * - `reports`: where TLS reports go (RFC 8460 §3).
   * - `issuer`: that the certificate authority may issue (RFC 8659); needed only where other CAA records stand.
   */
  readonly purpose: 'signalling' | 'host' | 'reports' | 'issuer';
  /** The owner name, without a trailing dot. */
  readonly name: string;
  readonly type: 'TXT' | 'A' | 'AAAA' | 'CNAME' | 'CAA';
  /** TXT: the bare text. CNAME: the target without a trailing dot. CAA: as in a zone file. Else the address. */
  readonly value: string;
  readonly ttlSeconds: number;
  /** `us`: in our zone, where the service changes it; `domain`: in the zone of the domain. */
  readonly keeper: 'domain' | 'us';
}

/** What stands in the DNS in place of a record. Texts are escaped. */
export type Finding =
  | { readonly kind: 'right'; readonly note?: string }
  | { readonly kind: 'missing'; readonly note?: string }
  | { readonly kind: 'different'; readonly found: readonly string[]; readonly note: string }
  /** The DNS did not say. */
  | { readonly kind: 'unknown'; readonly note: string };

export function unknown(note: string): Finding {
  return { kind: 'unknown', note };
}
