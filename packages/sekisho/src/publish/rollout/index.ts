/** The life of our own policies: orders, what speaks against them, and changes carried out step by step. */
export { createRollout } from './create-rollout.ts';
export { readStatus, type StatusParts } from './domain-status.ts';
export { policyOfFile } from './policy-of-file.ts';
export { type Declaration, type Reconciled, reconcile } from './reconcile.ts';
export type {
  AnnounceName,
  DomainStatus,
  Objection,
  ObjectionCode,
  Order,
  OrderOutcome,
  PolicyWish,
  Rollout,
  RolloutObservation,
} from './rollout.ts';
export type { RolloutOptions } from './rollout-context.ts';
