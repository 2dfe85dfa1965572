import { unmatchedHosts } from '../migration/index.ts';
import { type Preset, PRESETS } from './presets.ts';

/** The preset of a name, in any case; undefined if there is none. */
export function findPreset(name: string): Preset | undefined {
  const wanted = name.toLowerCase();
  return PRESETS.find((preset) => preset.name === wanted);
}

/** The patterns of a preset, with those that follow from the domain's own MX hosts. */
export function patternsFor({ patterns, zone }: Preset, mxHosts: readonly string[]): string[] {
  const own = zone === undefined ? [] : mxHosts.filter((host) => host.endsWith(`.${zone}`));
  const missing = unmatchedHosts(patterns, own);
  return [...new Set([...patterns, ...missing.map((host) => `*.${parentOf(host)}`)])];
}

/** The preset that covers every one of these MX hosts; undefined if none does, or there are no hosts. */
export function detectPreset(mxHosts: readonly string[]): Preset | undefined {
  if (mxHosts.length === 0) return undefined;
  return PRESETS.find(
    (preset) => unmatchedHosts(patternsFor(preset, mxHosts), mxHosts).length === 0,
  );
}

function parentOf(host: string): string {
  return host.slice(host.indexOf('.') + 1);
}
