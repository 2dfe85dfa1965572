import type { Domain } from '@sekisho/spec';
import type { AnswerSettings, PostfixVersion } from '../../../apply/index.ts';
import type { Clock } from '../../../io/clock/index.ts';
import type { Resolver } from '../../../io/dns/index.ts';
import type { PolicyClient } from '../../../io/https/index.ts';
import type { StoredDomain } from '../../../discover/store/index.ts';
import type { KeptStep } from './explanation.ts';

/** What an explanation works with; the same parts as the daemon's. */
export interface ExplainTools {
  readonly clock: Clock;
  readonly resolver: Resolver;
  readonly client: PolicyClient;
  /** What the store holds of a domain. */
  readonly readKept: (policyDomain: Domain) => Promise<StoredDomain | undefined>;
}

/** What the explanation is for. */
export interface ExplainOptions {
  readonly store: Pick<KeptStep, 'storeFile' | 'store' | 'problem'>;
  readonly holdBackMs: number;
  /** Whether `[host]:port` has a policy. */
  readonly smartHosts: boolean;
  /** Whether the MX hosts are looked up. */
  readonly mx: boolean;
  /** Asks nobody: only what is kept. */
  readonly cachedOnly: boolean;
  readonly version: PostfixVersion;
  /** A further map to answer for. */
  readonly map: string;
  readonly answers: AnswerSettings;
}
