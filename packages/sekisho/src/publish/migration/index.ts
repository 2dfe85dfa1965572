/** Moving MX hosts without losing mail (RFC 8461 §8.1): who may hold which policy, and the order of steps. */
export { type HolderEffect, type HostEffect, whatHoldersDo } from './effects.ts';
export { countHolders, heldUntilMs, listHeld, mayGoAtMs } from './holders.ts';
export { formatInstant } from './instant.ts';
export { matchingPattern, unmatchedHosts } from './matching.ts';
export {
  type MigrationInput,
  type MigrationPlan,
  type MigrationStep,
  planMigration,
} from './plan-migration.ts';
