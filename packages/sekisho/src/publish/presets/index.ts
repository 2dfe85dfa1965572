/** MX patterns of mail providers, dated and sourced, and what is easily got wrong with them. */
export { detectPreset, patternsFor } from './detect-preset.ts';
export { findPreset } from './find-preset.ts';
export { findTraps, type Trap } from './find-traps.ts';
export type { Preset } from './preset.ts';
export { PRESETS } from './presets.ts';
