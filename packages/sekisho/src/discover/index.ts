/** Other domains' policies (RFC 8461 §3): looked up, fetched, kept, refreshed, remembered. */
export type { Held, NoPolicyReason, PolicyAnswer } from './answer.ts';
export { createDiscoverer, type DiscovererTools } from './create-discoverer.ts';
export type { Discoverer } from './discoverer.ts';
export type { DiscoverEvent, FetchCode, MissedPolicy, Observe } from './events.ts';
export { createPolicies, type Policies, type PoliciesTools } from './policies.ts';
export {
  createRemoteDiscoverer,
  type DiscovererAnswer,
  type DiscovererRequest,
  type DiscovererWork,
  performRequest,
} from './remote-discoverer.ts';
export { type Round, type RoundInput, type RoundTools, runRound } from './round.ts';
export { DEFAULT_DISCOVER_SETTINGS, type DiscoverSettings } from './settings.ts';
