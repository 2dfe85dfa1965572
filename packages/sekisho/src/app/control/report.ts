import type { PolicyFailureType } from '@sekisho/spec';

/** Body of `send`: without a day, all that is over; without a domain, all of them. */
export interface SendRequest {
  readonly day?: string;
  readonly domain?: string;
}

/** Body of `retry`; without a place, every destination that needs it. */
export interface RetryRequest {
  readonly reportId: string;
  readonly place?: number;
}

/** A policy that a domain announces and that could not be had, as the daemon tells it. */
export interface ToldFailure {
  readonly domain: string;
  readonly atMs: number;
  readonly resultType: PolicyFailureType;
  /** A closed code in kebab-case. */
  readonly code: string;
  /** The text that is kept, or that was fetched and is none; left out where there is neither, or where it is long. */
  readonly body?: string;
}

/** Body of `discovery`. */
export interface DiscoveryRequest {
  readonly failures: readonly ToldFailure[];
}
