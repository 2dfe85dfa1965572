import type { DnsUpdater } from './dns-updater.ts';

/** Changes nothing: the operator is told what to enter, and the servers are asked until it is there. */
export function createByHandUpdater(): DnsUpdater {
  return { replaceTxt: () => Promise.resolve({ kind: 'by-hand' }) };
}
