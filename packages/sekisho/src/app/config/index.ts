/** The configuration: one schema, from which reading, checking and every text about settings follow. */
export { ConfigError, type ConfigProblem } from './config-error.ts';
export type { Environment } from './environment.ts';
export type { ListenAddress } from './listen-address.ts';
export { type LoadedSettings, loadSettings } from './load-settings.ts';
export type { Settings } from './schema.ts';
