import type { Domain, Extension, StsMode } from '@sekisho/spec';
import type { Change, ChangeStep, PolicyVersion, PublishedDomain } from '../store/index.ts';
import type { Gate } from '../gates/gate.ts';

/** What the operator wants to be published. */
export interface PolicyWish {
  readonly mode: StsMode;
  /** Default: that of the version announced unless its mode is `none`, else 604800 in `testing`, 2592000 in `enforce`, 86400 in `none`. */
  readonly maxAgeSeconds?: number;
  /** Patterns, also with U-labels. Default: those of the version announced, else the live MX hosts; in `none` no patterns. */
  readonly mx?: readonly string[];
  /** In place of `mx`, the name of a preset: its patterns, and those that the domain's own MX hosts need beside them. */
  readonly preset?: string;
  /** Default: none. */
  readonly extensions?: readonly Extension[];
}

/** Who orders, and what they override. */
export interface Order {
  /** A user's name, or `configuration`. */
  readonly by: string;
  /** Codes of objections to be overridden; each needs `reason`. */
  readonly overrides?: readonly string[];
  /** Opens every shut gate; needs `reason`. */
  readonly force?: boolean;
  readonly reason?: string;
}

/** What can speak against an order. */
export type ObjectionCode =
  | 'domain-invalid' // no name, or too long for a policy host
  | 'policy-invalid' // the text breaks RFC 8461 §3.2
  | 'mx-invalid' // no pattern
  | 'preset-invalid' // no such preset, or mx beside it
  | 'mx-address' // an IP address, where only names may stand
  | 'max-age-invalid'
  | 'max-age-long' // over one year, which RFC 8461 §3.2 forbids
  | 'max-age-short' // under a day, outside mode none; can be overridden, as can all that follow
  | 'mx-missing' // no live MX to take as default; cannot be overridden
  | 'mx-unknown' // the MX hosts could not be looked up
  | 'mx-null' // the domain takes no mail (RFC 7505)
  | 'mx-matches-none' // of the live MX hosts
  | 'mx-unmatched' // some live MX host, in enforce
  | 'never-tested' // enforce, before any policy was announced in testing
  | `gate-${Gate['code']}`
  | 'overruled' // the configuration asks again for what a person has replaced since
  | 'too-early' // a policy that was served may still be held
  | 'txt-still-there' // the record must go before the host
  | 'may-be-announced' // the new id may stand in the DNS already; cannot be overridden
  | 'nothing-announced' // there is nothing to leave
  | 'no-such-version' // nothing to go back to
  | 'no-change' // nothing to abandon
  | 'reason-missing' // overrides or force without a reason; cannot be overridden
  | 'reason-invalid' // too long, or with controls
  | 'override-unknown'; // no objection has that code

/** Something that speaks against an order. */
export interface Objection {
  readonly code: ObjectionCode;
  readonly message: string;
  readonly remedy: string;
  /** Whether `overrides` (or `force`, for gates) with a reason lifts it; what the RFC forbids nobody can override. */
  readonly canOverride: boolean;
}

export type OrderOutcome =
  | { readonly kind: 'begun'; readonly version: PolicyVersion }
  /** What is wished for is what is announced already. */
  | { readonly kind: 'unchanged'; readonly version: PolicyVersion }
  | { readonly kind: 'done' }
  | { readonly kind: 'refused'; readonly objections: readonly Objection[] }
  | { readonly kind: 'busy'; readonly change: Change }
  | { readonly kind: 'unknown-domain' };

/** Everything that `publish status DOMAIN` shows. */
export interface DomainStatus {
  readonly domain: PublishedDomain;
  readonly served?: PolicyVersion;
  readonly announced?: PolicyVersion;
  /** What stands between the announced policy and `enforce`; empty once it is in force. */
  readonly gates: readonly Gate[];
  /** Versions that a sender may still hold, with the moment until which. */
  readonly held: readonly {
    readonly version: PolicyVersion;
    /** Undefined while it is served. */
    readonly untilMs?: number;
    /** Different addresses that fetched it and may hold it still. */
    readonly senders: number;
  }[];
  /** When leaving: from when records and host may go (RFC 8461 §8.3). */
  readonly mayGoAtMs?: number;
  /** What to do or know next, one sentence each. */
  readonly advice: readonly string[];
}

/** What metrics are made of. */
export type RolloutObservation =
  | { readonly kind: 'begun' | 'announced' | 'abandoned' | 'removed'; readonly domain: Domain }
  | { readonly kind: 'refused'; readonly domain: Domain; readonly codes: readonly string[] }
  | {
      readonly kind: 'step-failed';
      readonly domain: Domain;
      readonly step: ChangeStep;
      readonly code: string;
    };

/** Where the TXT record is changed: the name itself, or where its CNAMEs lead in a zone of ours (RFC 8461 §8.2). */
export type AnnounceName =
  | { readonly kind: 'name'; readonly name: string }
  /** The message is escaped. */
  | {
      readonly kind: 'failure';
      readonly code: string;
      readonly message: string;
      readonly remedy?: string;
    };

/** The life of our own policies: orders come in, changes are carried out step by step, whatever is killed meanwhile. */
export interface Rollout {
  set(domain: Domain, wish: PolicyWish, order: Order): Promise<OrderOutcome>;
  /** Publishes the text of an earlier version again, under a new id. Default: the version announced before this one. */
  rollback(domain: Domain, toVersion: number | undefined, order: Order): Promise<OrderOutcome>;
  /** Announces mode `none` with a max_age of one day (RFC 8461 §8.3). */
  leave(domain: Domain, order: Order): Promise<OrderOutcome>;
  /** Takes the TXT record away and stops serving; refused before every policy ever served has expired (RFC 8461 §8.3). */
  remove(domain: Domain, order: Order): Promise<OrderOutcome>;
  /** Gives up a change whose id is not announced yet; the former policy is given out again. */
  abandon(domain: Domain, order: Order): Promise<OrderOutcome>;
  status(domain: Domain): Promise<DomainStatus | undefined>;
  /** Carries out what is due now; resolves when all of it has been tried once. */
  tick(): Promise<void>;
  /** Asks the store by the clock from now on for what is due. */
  start(): void;
  /** Breaks off what is under way; it goes on after the next start. */
  close(): Promise<void>;
}
