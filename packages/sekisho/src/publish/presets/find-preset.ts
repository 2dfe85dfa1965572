import {
  type Domain,
  matchPolicy,
  type MxPattern,
  parseDomain,
  parseMxPattern,
} from '@sekisho/spec';
import type { Preset } from './preset.ts';
import { PRESETS } from './presets.ts';

/** The preset of a name, in any case; undefined if there is none. */
export function findPreset(name: string): Preset | undefined {
  const wanted = name.toLowerCase();
  return PRESETS.find((preset) => preset.name === wanted);
}

/** The preset that covers every one of these MX hosts; undefined if none does, or there are no hosts. */
export function detectPreset(mxHosts: readonly string[]): Preset | undefined {
  const hosts = mxHosts.map(toDomain);
  if (hosts.length === 0) return undefined;
  return PRESETS.find(({ mx }) => {
    const patterns = mx.flatMap(toPattern);
    return hosts.every(
      (host) => host !== undefined && matchPolicy({ mx: patterns }, host) !== undefined,
    );
  });
}

function toDomain(text: string): Domain | undefined {
  const parsed = parseDomain(text);
  return parsed.ok ? parsed.value : undefined;
}

function toPattern(text: string): readonly MxPattern[] {
  const parsed = parseMxPattern(text);
  return parsed.ok ? [parsed.value] : [];
}
