import { IoError } from '../../io/error.ts';
import { HISTORY_LIMITS, type HistoryLimits } from './limits.ts';
import { createMemoryTables } from './memory-tables.ts';
import type { PolicyStore } from './policy-store.ts';
import { performCall, policyStoreOf } from './sync-policy-store.ts';

/** The fake: keeps policies until it is dropped, by the same contract as the store on disk. */
export function createMemoryPolicyStore(
  options: { readonly historyLimits?: Partial<HistoryLimits> } = {},
): PolicyStore {
  const tables = createMemoryTables({ ...HISTORY_LIMITS, ...options.historyLimits });
  let open = true;
  return policyStoreOf(
    async (call) => {
      if (!open) {
        throw new IoError('store-closed', 'Cannot use policy store in memory: it is closed', {
          temporary: false,
        });
      }
      return performCall(tables, structuredClone(call));
    },
    async () => {
      open = false;
    },
  );
}
