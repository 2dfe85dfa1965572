/** MX patterns of mail providers, dated and sourced. */
export { detectPreset, findPreset } from './find-preset.ts';
export { findTraps } from './find-traps.ts';
export type { Preset } from './preset.ts';
export { PRESETS } from './presets.ts';
