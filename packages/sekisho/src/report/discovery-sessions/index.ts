/** Policies that could not be had, counted for the reports to their domains. */
export {
  createDiscoverySessions,
  type DiscoverySessions,
  type FailedDiscovery,
} from './discovery-sessions.ts';
