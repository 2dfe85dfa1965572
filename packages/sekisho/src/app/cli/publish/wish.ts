import { STS_MODES, type StsMode } from '@sekisho/spec';
import { readFileSync } from 'node:fs';
import type { PolicyWish } from '../../../publish/index.ts';
import { findPreset, policyOfFile, PRESETS } from '../../../publish/index.ts';
import { showRemote, showSentence } from '../text/remote-text.ts';
import { UsageError } from '../usage-error.ts';
import { readMaxAge } from './max-age.ts';
import type { SetOptions } from './order-commands.ts';

/** What is wished for, or why the file cannot be published. */
export type WishReading =
  | { readonly ok: true; readonly wish: PolicyWish }
  | { readonly ok: false; readonly problem: string };

function readMode(text: string): StsMode {
  const mode = STS_MODES.find((known) => known === text);
  if (mode !== undefined) return mode;
  throw new UsageError(`--mode: given is "${text}"; allowed is testing, enforce or none`);
}

/** Policies in the wild hold `mx` of several hosts on one line; a list typed so is taken apart. */
function readPatterns({ mx, preset }: SetOptions): Pick<PolicyWish, 'mx' | 'preset'> {
  if (mx !== undefined && preset !== undefined)
    throw new UsageError('give either --mx or --preset');
  if (mx !== undefined)
    return { mx: mx.flatMap((item) => item.split(',')).filter((item) => item !== '') };
  if (preset === undefined) return {};
  if (findPreset(preset) !== undefined) return { preset };
  const names = PRESETS.map(({ name }) => name);
  throw new UsageError(`--preset: given is "${preset}"; allowed is ${names.join(', ')}`);
}

function readText(path: string): string {
  const bytes = readFileSync(path === '-' ? 0 : path);
  // What is not UTF-8 shows up as replacement characters, which no field allows.
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}

/** A policy written by hand is held against the grammar, not only against what a lenient sender would take. */
function readFile(path: string): WishReading {
  const policy = policyOfFile(readText(path));
  if (policy.ok) return { ok: true, wish: policy.value };
  const lines = policy.issues.map(({ message }) => `  ${showSentence(message)}`);
  const heading = `${showRemote(path)} cannot be published; nothing was changed`;
  return { ok: false, problem: [heading, ...lines].join('\n') };
}

/** Reads the options of `set`. Throws UsageError where they make no sense. */
export function readWish(options: SetOptions): WishReading {
  const { file, mode, maxAge, mx, preset } = options;
  if (file !== undefined) {
    if ([mode, maxAge, mx, preset].some((option) => option !== undefined))
      throw new UsageError('--file says it all: leave out --mode, --max-age, --mx and --preset');
    return readFile(file);
  }
  if (mode === undefined) throw new UsageError('give --mode (testing, enforce or none) or --file');
  return {
    ok: true,
    wish: {
      mode: readMode(mode),
      ...(maxAge === undefined ? {} : { maxAgeSeconds: readMaxAge(maxAge) }),
      ...readPatterns(options),
    },
  };
}
