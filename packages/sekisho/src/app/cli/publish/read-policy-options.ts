import { STS_MODES, type StsMode } from '@sekisho/spec';
import { closeSync, openSync, readSync } from 'node:fs';
import { IoError } from '../../../io/error.ts';
import type { PolicyWish } from '../../../publish/index.ts';
import { findPreset, policyOfFile, PRESETS } from '../../../publish/index.ts';
import { showRemote, showSentence } from '../text/remote-text.ts';
import { UsageError } from '../usage-error.ts';
import { readMaxAge } from './max-age.ts';

/** Options of `sekisho publish set` that say what the policy is to be. */
export interface PolicyOptions {
  readonly mode?: string;
  readonly maxAge?: string;
  readonly mx?: readonly string[];
  readonly preset?: string;
  readonly file?: string;
}

/** What is wished for, or why the file cannot be published. */
export type PolicyReading =
  | { readonly ok: true; readonly wish: PolicyWish }
  | { readonly ok: false; readonly problem: string };

function readMode(text: string): StsMode {
  const mode = STS_MODES.find((known) => known === text);
  if (mode !== undefined) return mode;
  throw new UsageError(`--mode: given is "${text}"; allowed is testing, enforce or none`);
}

/** Policies in the wild hold `mx` of several hosts on one line; a list typed so is taken apart. */
function readPatterns({ mx, preset }: PolicyOptions): Pick<PolicyWish, 'mx' | 'preset'> {
  if (mx !== undefined && preset !== undefined)
    throw new UsageError('give either --mx or --preset');
  if (mx !== undefined)
    return { mx: mx.flatMap((item) => item.split(',')).filter((item) => item !== '') };
  if (preset === undefined) return {};
  if (findPreset(preset) !== undefined) return { preset };
  const names = PRESETS.map(({ name }) => name);
  throw new UsageError(`--preset: given is "${preset}"; allowed is ${names.join(', ')}`);
}

/** Enough to see that a text is longer than a policy may be, whatever its characters. */
const MOST_BYTES = 3 * 65_536 + 1;

const STANDARD_INPUT = 0;

/** A device or a pipe may have no end. */
function readStart(descriptor: number): Uint8Array {
  const bytes = Buffer.alloc(MOST_BYTES);
  let sizeBytes = 0;
  let readBytes: number;
  do {
    // oxlint-disable-next-line unicorn/no-null -- null is how Node says "go on from here"
    readBytes = readSync(descriptor, bytes, sizeBytes, MOST_BYTES - sizeBytes, null);
    sizeBytes += readBytes;
  } while (readBytes > 0 && sizeBytes < MOST_BYTES);
  return bytes.subarray(0, sizeBytes);
}

function readBytesOf(path: string): Uint8Array {
  if (path === '-') return readStart(STANDARD_INPUT);
  const descriptor = openSync(path, 'r');
  try {
    return readStart(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function unreadable(path: string, cause: unknown): IoError {
  const { code = String(cause) } = cause as NodeJS.ErrnoException;
  const message = `Cannot read the policy file ${showRemote(path)}: ${code}`;
  return new IoError('file-unreadable', message, { temporary: false, cause });
}

function readText(path: string): string {
  let bytes: Uint8Array;
  try {
    bytes = readBytesOf(path);
  } catch (cause) {
    throw unreadable(path, cause);
  }
  // What is not UTF-8 shows up as replacement characters, which no field allows.
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}

/** A policy written by hand is held against the grammar, not only against what a lenient sender would take. */
function readFile(path: string): PolicyReading {
  const policy = policyOfFile(readText(path));
  if (policy.ok) return { ok: true, wish: policy.value };
  const lines = policy.issues.map(({ message }) => `  ${showSentence(message)}`);
  const heading = `${showRemote(path)} cannot be published; nothing was changed`;
  return { ok: false, problem: [heading, ...lines].join('\n') };
}

/** Reads the options of `set`. Throws UsageError where they make no sense. */
export function readPolicyOptions(options: PolicyOptions): PolicyReading {
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
