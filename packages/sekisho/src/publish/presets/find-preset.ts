import type { Preset } from './preset.ts';
import { PRESETS } from './presets.ts';

/** The preset of a name, in any case; undefined if there is none. */
export function findPreset(name: string): Preset | undefined {
  const wanted = name.toLowerCase();
  return PRESETS.find((preset) => preset.name === wanted);
}
