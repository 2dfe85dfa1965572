import { type Domain, parseDomain } from '@sekisho/spec';
import type { PairPaths } from '../../io/key-files/index.ts';
import { type Declaration, findPreset, PRESETS } from '../../publish/index.ts';
import { ConfigError } from '../config/config-error.ts';
import type { Settings } from '../config/index.ts';

type Declared = Settings['publish']['domains'][number];

/** What the configuration says of domains. */
export interface DeclaredDomains {
  readonly declarations: readonly Declaration[];
  /** Certificates that the operator keeps. */
  readonly own: ReadonlyMap<Domain, PairPaths>;
}

/** @throws ConfigError for a preset that does not exist. */
export function readDeclared({ publish }: Settings): DeclaredDomains {
  const entries = publish.domains.flatMap((declared, index) => {
    const domain = parseDomain(declared.name);
    return domain.ok ? [{ domain: domain.value, declared, index }] : [];
  });
  return {
    declarations: entries.map(({ domain, declared, index }) => ({
      domain,
      wish: toWish(declared, index),
    })),
    own: new Map(
      entries.flatMap(({ domain, declared: { certificateFile, keyFile } }) =>
        certificateFile === undefined || keyFile === undefined
          ? []
          : [[domain, { certificateFile, keyFile }] as const],
      ),
    ),
  };
}

function toWish({ mode, maxAgeSeconds, mx, preset }: Declared, index: number) {
  if (preset !== undefined) demandPreset(preset, index);
  return {
    mode,
    ...(maxAgeSeconds === undefined ? {} : { maxAgeSeconds }),
    ...(mx === undefined ? {} : { mx }),
    ...(preset === undefined ? {} : { preset }),
  };
}

function demandPreset(name: string, index: number): void {
  if (findPreset(name) !== undefined) return;
  const names = PRESETS.map((known) => known.name).join(', ');
  const where = `publish.domains.${String(index)}.preset`;
  throw new ConfigError([
    { where, message: `given is ${JSON.stringify(name)}; allowed is ${names}` },
  ]);
}
