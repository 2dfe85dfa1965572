/** MX patterns of mail providers, dated and sourced, and what is easily got wrong with them. */
export { detectPreset, patternsFor } from './find-preset.ts';
export { findPreset } from './find-preset.ts';
export { findTraps, type Trap } from './find-traps.ts';
export type { Preset } from './presets.ts';
export { PRESETS } from './presets.ts';
