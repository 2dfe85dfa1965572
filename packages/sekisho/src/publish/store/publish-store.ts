import type { Domain, StsMode } from '@sekisho/spec';
import type { AlertStore } from '../../alert/index.ts';

/** One policy text of one domain, from its making on; texts are never changed or dropped. */
export interface PolicyVersion {
  readonly domain: Domain;
  /** 1, 2, … within the domain. */
  readonly number: number;
  /** For the TXT record (RFC 8461 §3.1); within a domain never used for another text, nor twice for the same one. */
  readonly id: string;
  /** What is served, with CRLF line ends. */
  readonly body: string;
  readonly mode: StsMode;
  readonly maxAgeSeconds: number;
  readonly mx: readonly string[];
  readonly createdAtMs: number;
  /** Who ordered it: a user's name, or `configuration`. */
  readonly createdBy: string;
  /** Why what speaks against it was overridden. */
  readonly reason?: string;
  /** Codes of the objections and gates that were overridden. */
  readonly overrides: readonly string[];
  readonly servedFromMs?: number;
  /** When another text took its place at the policy host; absent while it is served. */
  readonly servedUntilMs?: number;
  /** When every authoritative server first showed its id. */
  readonly announcedAtMs?: number;
}

/** What a change does next: `serve` the body, `verify` it from outside, `announce` the id, `confirm` that all servers show it. */
export type ChangeStep = 'serve' | 'verify' | 'announce' | 'confirm';

export type ChangePurpose = 'set' | 'rollback' | 'leave';

/** Why a step did not succeed, in words for the operator. */
export interface Problem {
  /** Closed kebab-case code, such as `fetch-failed`. */
  readonly code: string;
  /** One sentence: what was found and what was expected. Remote text in it is already escaped. */
  readonly message: string;
  /** One sentence: what the operator can do. */
  readonly remedy: string;
  readonly atMs: number;
}

/** A change under way; at most one a domain. */
export interface Change {
  readonly version: number;
  readonly purpose: ChangePurpose;
  readonly step: ChangeStep;
  readonly startedAtMs: number;
  /** When the present step was reached. */
  readonly stepSinceMs: number;
  /** Failed attempts at the present step. */
  readonly attempts: number;
  readonly nextAttemptAtMs: number;
  readonly problem?: Problem;
  /** The change at `confirm` whose place it took before every server showed that id; goes on when this one is abandoned. */
  readonly supersedes?: { readonly version: number; readonly purpose: ChangePurpose };
}

/** Where one domain stands. */
export interface PublishedDomain {
  readonly domain: Domain;
  readonly addedAtMs: number;
  /** Number of the version that the policy host gives out. */
  readonly served?: number;
  /** Number of the version whose id every authoritative server showed last. */
  readonly announced?: number;
  readonly change?: Change;
  /** Set once mode `none` was announced in order to leave (RFC 8461 §8.3). */
  readonly leavingSinceMs?: number;
  /** How the last change ended that was given up. */
  readonly lastFailure?: Problem & { readonly version: number };
  /** The domain's MX hosts as last seen, in order of preference, and when. */
  readonly liveMx?: { readonly hosts: readonly string[]; readonly atMs: number };
  /** When MX hosts are looked up and probed next. */
  readonly nextProbeAtMs: number;
}

/** A moment in the life of a version. */
export interface VersionMark {
  /**
   * `served`: the host gives it out from now on; the first such moment is kept, and its time has no end (any more).
   * `withdrawn`: the host gives it out no more. `announced`: every server shows its id; the first such moment is kept.
   */
  readonly kind: 'served' | 'withdrawn' | 'announced';
  readonly number: number;
  readonly atMs: number;
}

/** What becomes of a domain and its versions; written as one. */
export interface DomainCommit {
  /** Its `liveMx` and `nextProbeAtMs` are written for a new domain only: they change meanwhile. */
  readonly next: PublishedDomain;
  /** A version to be added. */
  readonly added?: PolicyVersion;
  readonly marks: readonly VersionMark[];
}

/** One look at one address of one MX host. */
export interface ProbeRecord {
  readonly domain: Domain;
  readonly mxHost: string;
  /** Absent when the host has no address. */
  readonly address?: string;
  readonly atMs: number;
  /** `ok`, or the closed code of `io/smtp`. */
  readonly code: string;
  /** One line of detail, already escaped. */
  readonly detail: string;
  /** End of the certificate. */
  readonly notAfterMs?: number;
}

/** How often one sender fetched one id within one UTC day. */
export interface FetchCount {
  readonly domain: Domain;
  readonly id: string;
  readonly address: string;
  /** At most 200 characters, escaped. */
  readonly userAgent: string;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  readonly count: number;
}

/** What is remembered of a policy host's certificate, beside its files. */
export interface CertificateState {
  readonly domain: Domain;
  readonly notBeforeMs?: number;
  readonly notAfterMs?: number;
  /** When to look after it next: renewal, or the next attempt. */
  readonly nextAttemptAtMs: number;
  /** Failures in a row. */
  readonly failures: number;
  readonly problem?: Problem;
  /** An order under way at the certificate authority, so that a kill does not lose it. */
  readonly orderUrl?: string;
}

/** Something that was done or found, for `publish history`. */
export interface PublishEvent {
  readonly domain: Domain;
  readonly atMs: number;
  /** Kebab-case, such as `change-begun`, `gate-forced`, `mx-unmatched`. */
  readonly code: string;
  readonly by: string;
  /** One sentence, escaped. */
  readonly message: string;
}

/**
 * Where what we publish is kept. Every promise that resolves has been committed; calls take effect in order.
 *
 * @throws {IoError} `store-unwritable`, `store-corrupt`, `store-closed`, `store-newer` or `store-failed`.
 */
export interface PublishStore extends AlertStore {
  getDomain(domain: Domain): Promise<PublishedDomain | undefined>;
  /** In order of name; default limit 1000. */
  listDomains(options?: {
    readonly after?: Domain;
    readonly limit?: number;
  }): Promise<readonly PublishedDomain[]>;
  countDomains(): Promise<number>;
  /** Domains whose change has an attempt due, longest due first. */
  listDueChanges(nowMs: number, limit: number): Promise<readonly PublishedDomain[]>;
  /** Domains whose probe is due, longest due first. */
  listDueProbes(nowMs: number, limit: number): Promise<readonly PublishedDomain[]>;
  /** The version that the policy host gives out for the domain; what each request asks. */
  getServed(domain: Domain): Promise<PolicyVersion | undefined>;
  getVersion(domain: Domain, number: number): Promise<PolicyVersion | undefined>;
  /** Newest first. */
  listVersions(domain: Domain): Promise<readonly PolicyVersion[]>;
  /**
   * Writes what `publish/rollout` has decided, in one transaction. False, and nothing is done, unless the domain stands
   * as `expected` still, or is not there where that is undefined; `liveMx` and `nextProbeAtMs` are not compared.
   */
  commitChange(expected: PublishedDomain | undefined, commit: DomainCommit): Promise<boolean>;
  putLiveMx(
    domain: Domain,
    hosts: readonly string[] | undefined,
    atMs: number,
    nextProbeAtMs: number,
  ): Promise<void>;
  /** Forgets the domain but for its versions and events. False, and nothing done, unless it stands as `expected` still. */
  removeDomain(expected: PublishedDomain, marks: readonly VersionMark[]): Promise<boolean>;

  recordProbes(probes: readonly ProbeRecord[]): Promise<void>;
  /** Oldest first. */
  listProbes(domain: Domain, sinceMs: number): Promise<readonly ProbeRecord[]>;
  /** Adds to the counts of the same domain, id, address, user agent and UTC day. */
  recordFetches(fetches: readonly FetchCount[]): Promise<void>;
  /** Latest first; default limit 1000. */
  listFetches(domain: Domain, sinceMs: number, limit?: number): Promise<readonly FetchCount[]>;
  getCertificate(domain: Domain): Promise<CertificateState | undefined>;
  putCertificate(state: CertificateState): Promise<void>;
  removeCertificate(domain: Domain): Promise<void>;
  listDueCertificates(nowMs: number, limit: number): Promise<readonly CertificateState[]>;
  /** Earliest end first; for the metric. */
  listCertificates(limit: number): Promise<readonly CertificateState[]>;
  recordEvent(event: PublishEvent): Promise<void>;
  /** Latest first; default limit 100. */
  listEvents(domain: Domain, limit?: number): Promise<readonly PublishEvent[]>;
  /** Drops fetches, probes and events beyond their retention and bounds. */
  sweep(nowMs: number): Promise<void>;
  /** Later calls fail with `store-closed`; a second close does nothing. */
  close(): Promise<void>;
}
