/** Why the DNS could not tell; each is uncertainty, never "there is no record". */
export type DnsFailureCode =
  | 'timeout' // no usable answer before the deadline, over every server and try
  | 'servfail' // RCODE 2: also what a validating resolver answers for bogus data
  | 'refused' // RCODE 5
  | 'rcode' // any other RCODE that is neither NOERROR nor NXDOMAIN
  | 'malformed' // answers arrived, none could be read
  | 'cname-loop' // the chain does not end
  | 'network'; // no server could be reached at all

/** The DNS did not answer the question. */
export interface DnsFailure {
  readonly kind: 'failure';
  readonly code: DnsFailureCode;
  /** One sentence for the log: server, tries, RCODE, extended error (RFC 8914) where given. */
  readonly message: string;
}

/** The DNS answered, be it with nothing. */
export interface DnsAnswer<T> {
  readonly kind: 'answer';
  readonly rcode: 'NOERROR' | 'NXDOMAIN';
  /** Empty on NXDOMAIN and NODATA. */
  readonly records: readonly T[];
  /** Names passed on the way, in order, without the one asked for; empty without CNAMEs. */
  readonly cnames: readonly string[];
  /** The resolver says that it validated the whole answer (AD, RFC 4035). */
  readonly authenticated: boolean;
  /** Least TTL of the records; for an empty answer the SOA's negative TTL (RFC 2308 §5), or undefined without SOA. */
  readonly ttlSeconds: number | undefined;
  /** The server that answered, as `address:port`. */
  readonly server: string;
}

export type DnsResult<T> = DnsAnswer<T> | DnsFailure;

/** One TXT record: its strings joined without a separator, one character an octet (RFC 8461 §3.1). */
export type TxtRecord = string;

export interface MxRecord {
  readonly preference: number;
  /** As published, lower case, no trailing dot; empty for a null MX (RFC 7505). */
  readonly exchange: string;
}

/** One TLSA record (RFC 6698 §2.1). */
export interface TlsaRecord {
  readonly usage: number;
  readonly selector: number;
  readonly matchingType: number;
  /** Lower-case hexadecimal. */
  readonly data: string;
}

/** One CAA record (RFC 8659 §4.1). */
export interface CaaRecord {
  readonly isCritical: boolean;
  /** Lower case: `issue`, `issuewild`, `iodef`, … */
  readonly tag: string;
  /** As published, one character an octet. */
  readonly value: string;
}

export interface LookupOptions {
  readonly signal?: AbortSignal;
}

/** The DNS as Sekisho needs it. Names are given in A-labels; an underscore label is allowed. */
export interface Resolver {
  lookupTxt(name: string, options?: LookupOptions): Promise<DnsResult<TxtRecord>>;
  lookupMx(name: string, options?: LookupOptions): Promise<DnsResult<MxRecord>>;
  /** Addresses in presentation form. */
  lookupA(name: string, options?: LookupOptions): Promise<DnsResult<string>>;
  lookupAaaa(name: string, options?: LookupOptions): Promise<DnsResult<string>>;
  /** TLSA records at a name such as `_25._tcp.mx.example.com`; usable only if `authenticated`. */
  lookupTlsa(name: string, options?: LookupOptions): Promise<DnsResult<TlsaRecord>>;
  /** Names of the authoritative servers, lower case; none for a name that is not the top of a zone. */
  lookupNs(name: string, options?: LookupOptions): Promise<DnsResult<string>>;
  /** Of this very name: its parents are the caller's to ask (RFC 8659 §3). */
  lookupCaa(name: string, options?: LookupOptions): Promise<DnsResult<CaaRecord>>;
  /** Ends sockets and watches; lookups under way end with `network`. */
  close(): void;
}
