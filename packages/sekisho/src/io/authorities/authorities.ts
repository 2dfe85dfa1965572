import type { DnsFailureCode, DnsResult, TxtRecord } from '../dns/index.ts';

/** What one authoritative server says at one of its addresses. */
export interface AuthorityAnswer {
  /** The server's name, as in the NS record. */
  readonly server: string;
  /** Empty when the server's name has no address that could be found; the result is then a failure. */
  readonly address: string;
  /**
   * `refused` also for an answer without authority (AA): such a server is delegated to, but does not know the zone.
   * `network`: this machine does not reach the address, for IPv6 often for want of a route.
   */
  readonly result: DnsResult<TxtRecord>;
}

/** What all authoritative servers of a name say. */
export type AuthorityLookup =
  | {
      readonly kind: 'asked';
      /** The zone in which the record stands, after CNAMEs. */
      readonly zone: string;
      /** Where the CNAMEs lead; the name asked for without any. */
      readonly name: string;
      /** One for each address of each server; at least one. */
      readonly answers: readonly AuthorityAnswer[];
    }
  /**
   * The zone or its servers cannot be found: `zone-not-found`, or the code of the lookup that failed. The message is
   * escaped.
   */
  | {
      readonly kind: 'failure';
      readonly code: DnsFailureCode | 'zone-not-found';
      readonly message: string;
    };

/** The servers that answer for a name with authority, asked directly and without recursion, so that no cache stands between. */
export interface Authorities {
  /**
   * Follows CNAMEs into other zones, each server's own: where servers of one zone disagree, every way is followed and
   * all answers are listed. Never rejects.
   */
  lookupTxt(name: string, options?: { readonly signal?: AbortSignal }): Promise<AuthorityLookup>;
  close(): void;
}
