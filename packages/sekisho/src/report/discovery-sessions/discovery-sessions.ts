import { type Domain, parseStsPolicy, type PolicyFailureType, policyLines } from '@sekisho/spec';
import { type CountedSessions, type UtcDay, utcDayOf } from '../store/index.ts';

const MOST_ROWS = 10_000;
/** Longer texts are no policies (RFC 8461 §3.2), and are reported without their lines. */
const LONGEST_BODY = 64 << 10;
const LONGEST_REASON = 128;

/** A policy that a domain announces could not be had from its policy host. */
export interface FailedDiscovery {
  readonly domain: Domain;
  readonly atMs: number;
  readonly resultType: PolicyFailureType;
  /** A closed code in kebab-case, such as `http-status` or `tls-certificate-expired`. */
  readonly code: string;
  /** What TLS or the network called it, such as `CERT_HAS_EXPIRED`; remote text. */
  readonly reason?: string;
  /**
   * The text of the policy that was kept and stays in force, else the text that was fetched and is no policy;
   * left out where there is neither.
   */
  readonly body?: string;
}

/**
 * Counts discoveries that failed, to be reported to the domain beside the sessions of its day (RFC 8461 §6).
 *
 * What is counted: 1 for each failed fetch that a lookup of the MTA, or the periodic refresh of a kept policy, led to;
 * and 1 for each further lookup that fell back to no policy while that failure was remembered, where the caller knows
 * of it. They are failures under policy type `sts`; the same mail is also counted by what its own session came to,
 * under the policy that was then applied. One row for each domain, day and kind of failure, however many are counted.
 */
export interface DiscoverySessions {
  /** A fetch failed. Only for what `DiscoveryFailure.isReportable` says; not for a query by hand. */
  failed(failure: FailedDiscovery): void;
  /** `lookups` (default 1) fell back since that domain's last failure; does nothing after `recovered`. */
  fellBack(domain: Domain, atMs: number, lookups?: number): void;
  /** The policy was fetched, or the domain announces none any more. */
  recovered(domain: Domain): void;
  /** What was counted since the last call, to be added to the store. */
  take(): readonly CountedSessions[];
  /** Gives back what could not be added. */
  giveBack(rows: readonly CountedSessions[]): void;
  /** Counts that found no place: more than 10,000 rows since the last `take`. */
  readonly dropped: number;
}

export function createDiscoverySessions(): DiscoverySessions {
  let rows = new Map<string, CountedSessions>();
  const last = new Map<Domain, FailedDiscovery>();
  let dropped = 0;

  const add = (row: CountedSessions): void => {
    const key = JSON.stringify([row.day, row.domain, row.failures, row.policy]);
    const known = rows.get(key);
    if (known === undefined && rows.size >= MOST_ROWS) dropped += row.count;
    else rows.set(key, { ...row, count: row.count + (known?.count ?? 0) });
  };

  const remember = (failure: FailedDiscovery): void => {
    last.delete(failure.domain);
    last.set(failure.domain, failure);
    const [eldest] = last.keys();
    if (last.size > MOST_ROWS && eldest !== undefined) last.delete(eldest);
  };

  return {
    get dropped() {
      return dropped;
    },
    failed(failure) {
      remember(failure);
      add(toRow(failure, utcDayOf(failure.atMs), 1));
    },
    fellBack(domain, atMs, lookups = 1) {
      const failure = last.get(domain);
      if (failure !== undefined && lookups >= 1) add(toRow(failure, utcDayOf(atMs), lookups));
    },
    recovered(domain) {
      last.delete(domain);
    },
    take() {
      const taken = [...rows.values()];
      rows = new Map();
      return taken;
    },
    giveBack(given) {
      for (const row of given) add(row);
    },
  };
}

function toRow(failure: FailedDiscovery, day: UtcDay, count: number): CountedSessions {
  const { domain, resultType } = failure;
  return {
    day,
    domain,
    source: 'discovery',
    policy: {
      policyType: 'sts',
      policyDomain: domain,
      ...readBody(failure.body),
    },
    isSuccess: false,
    // Neither the addresses nor an MX are known: no session came about (RFC 8460 §4.3.2.2).
    failures: [{ resultType, failureReasonCode: reasonOf(failure) }],
    count,
  };
}

/** The lines as they were published, also those that are wrong (RFC 8460 §4.5). */
function readBody(body: string | undefined): {
  readonly policyString: readonly string[];
  readonly mxHost: readonly string[];
} {
  if (body === undefined || body.length > LONGEST_BODY) return { policyString: [], mxHost: [] };
  const parsed = parseStsPolicy(body);
  return { policyString: policyLines(body), mxHost: parsed.ok ? parsed.value.mx : [] };
}

/** One line of printable ASCII (RFC 8460 §4.3.3 asks for something short). */
function reasonOf({ code, reason }: FailedDiscovery): string {
  const text = reason === undefined ? code : `${code} ${reason}`;
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, LONGEST_REASON);
}
