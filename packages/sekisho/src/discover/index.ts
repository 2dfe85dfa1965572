/** Other domains' policies (RFC 8461 §3): looked up, fetched, kept, refreshed, remembered. */
export type { CachedAnswer, NoPolicyReason, PolicyAnswer } from './answer.ts';
export { createDiscoverer, type Discoverer, type DiscovererTools } from './discoverer.ts';
export type { DiscoverEvent, MissedPolicy, Observe } from './discovery-log.ts';
export { createPolicies, type Policies, type PoliciesTools } from './policies.ts';
export {
  createRemoteDiscoverer,
  type DiscovererAnswer,
  type DiscovererRequest,
  type DiscovererWork,
  performRequest,
} from './remote-discoverer.ts';
export {
  type FetchCode,
  type Round,
  type RoundInput,
  type RoundTools,
  runRound,
} from './round.ts';
export { DEFAULT_DISCOVER_SETTINGS, type DiscoverSettings } from './schedule.ts';
