/** Moving MX hosts without losing mail (RFC 8461 §8.1): who may hold which policy, and the order of steps. */
export { countHolders, heldUntilMs, listHeld } from './holders.ts';
export { matchingPattern, unmatchedHosts } from './matching.ts';
