/** Moving MX hosts without losing mail (RFC 8461 §8.1): who may hold which policy, and the order of steps. */
export {
  countHolders,
  formatInstant,
  heldUntilMs,
  type HolderEffect,
  type HostEffect,
  listHeld,
  mayGoAtMs,
  unmatchedHosts,
  whatHoldersDo,
} from './holders.ts';
export {
  type MigrationInput,
  type MigrationPlan,
  type MigrationStep,
  planMigration,
} from './plan-migration.ts';
