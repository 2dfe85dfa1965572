/** Changing the DNS: RFC 2136 with TSIG, a hook, or by hand. */
export { createByHandUpdater } from './dns-updater.ts';
export { type CommandUpdaterOptions, createCommandUpdater } from './create-command-updater.ts';
export {
  createRfc2136Updater,
  type Rfc2136Updater,
  type Rfc2136UpdaterOptions,
} from './create-rfc2136-updater.ts';
export type { DnsUpdater, TxtChange, UpdateOutcome, UpdateProblem } from './dns-updater.ts';
export { createFakeZone, type FakeZone, type FakeZoneOptions } from './fake-zone.ts';
export { readTsigKey, type TsigKeyFile } from './tsig-key.ts';
export { TSIG_ALGORITHMS, type TsigAlgorithm, type TsigKey } from './tsig-key.ts';
