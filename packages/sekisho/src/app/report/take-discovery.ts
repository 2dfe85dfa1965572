import { parseDomain } from '@sekisho/spec';
import { createDiscoverySessions } from '../../report/index.ts';
import type { CountingStore } from './counting-store.ts';
import type { DiscoveryRequest } from '../control/report.ts';

/** Counts failures that the daemon tells of among the sessions of their day; what cannot be kept is kept with the next. */
export function createDiscoveryTaker(
  store: CountingStore,
): (request: DiscoveryRequest) => Promise<void> {
  const sessions = createDiscoverySessions();
  return async ({ failures }) => {
    for (const { domain: name, ...failure } of failures) {
      const domain = parseDomain(name);
      if (domain.ok) sessions.failed({ domain: domain.value, ...failure });
    }
    const rows = sessions.take();
    if (rows.length === 0) return;
    try {
      await store.addSessions(rows);
    } catch (error) {
      sessions.giveBack(rows);
      throw error;
    }
  };
}
