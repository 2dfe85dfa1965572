import {
  type Extension,
  formatStsPolicy,
  MAX_AGE_LIMIT_SECONDS,
  parseMxPattern,
  parseDomain,
  parseStsPolicy,
  type StsMode,
} from '@sekisho/spec';
import { toAscii } from '../../io/idn/index.ts';
import { escapeText } from '../../io/log/index.ts';
import type { PolicyVersion } from '../store/index.ts';
import { findPreset, patternsFor } from '../presets/index.ts';
import type { LiveMx } from '../gates/live-mx.ts';
import { LONGEST_POLICY_BYTES } from './policy-of-file.ts';
import type { Objection, PolicyWish } from './rollout.ts';

/** A policy that may be written down. */
export interface Draft {
  readonly mode: StsMode;
  readonly maxAgeSeconds: number;
  readonly mx: readonly string[];
  /** CRLF after each line. */
  readonly body: string;
}

/** What becomes of a wish: a text, or all that forbids one. */
export type Drafting =
  | { readonly kind: 'draft'; readonly draft: Draft }
  | { readonly kind: 'refused'; readonly objections: readonly Objection[] };

const DEFAULT_MAX_AGE_SECONDS: Readonly<Record<StsMode, number>> = {
  testing: 604_800,
  enforce: 2_592_000,
  none: 86_400,
};

/** Whether the MX hosts must be known before the wish can be written down. */
export function needsLiveMx(wish: PolicyWish, announced: PolicyVersion | undefined): boolean {
  if (wish.mode === 'none' || wish.mx !== undefined) return false;
  return wish.preset !== undefined || (announced?.mx.length ?? 0) === 0;
}

/** Fills in what the wish leaves open, and writes the policy; refuses what RFC 8461 §3.2 forbids. */
export function draftPolicy(
  wish: PolicyWish,
  announced: PolicyVersion | undefined,
  live: LiveMx | undefined,
): Drafting {
  const { mode, extensions = [] } = wish;
  const inherited = announced?.mode === 'none' ? undefined : announced?.maxAgeSeconds;
  const ownAge = mode === 'none' ? undefined : inherited;
  const maxAgeSeconds = wish.maxAgeSeconds ?? ownAge ?? DEFAULT_MAX_AGE_SECONDS[mode];
  const patterns = wishedPatterns(wish, announced, live).map(readPattern);
  const objections = [
    ...presetObjections(wish),
    ...ageObjections(maxAgeSeconds),
    ...patterns.flatMap((pattern) => (typeof pattern === 'string' ? [] : [pattern])),
  ];
  const mx = [...new Set(patterns.filter((pattern) => typeof pattern === 'string'))];
  if (objections.length === 0 && mx.length === 0 && mode !== 'none') {
    objections.push(missingMx(mode, wish.mx === undefined ? live : undefined));
  }
  if (objections.length > 0) return { kind: 'refused', objections };
  return write({ mode, maxAgeSeconds, mx, extensions });
}

function wishedPatterns(
  { mode, mx, preset: presetName }: PolicyWish,
  announced: PolicyVersion | undefined,
  live: LiveMx | undefined,
): readonly string[] {
  if (mx !== undefined) return mx;
  if (mode === 'none') return [];
  const hosts = live?.kind === 'hosts' ? live.hosts : [];
  const preset = presetName === undefined ? undefined : findPreset(presetName);
  if (preset !== undefined) return patternsFor(preset, hosts);
  if (announced !== undefined && announced.mx.length > 0) return announced.mx;
  return hosts;
}

function readPattern(text: string): string | Objection {
  const prefix = text.startsWith('*.') ? '*.' : '';
  const name = parseDomain(text.slice(prefix.length), { toAscii });
  const parsed = name.ok ? parseMxPattern(`${prefix}${name.value}`) : parseMxPattern(text);
  if (parsed.ok) return parsed.value;
  const codes = new Set(parsed.issues.map(({ code }) => code));
  const isAddress = codes.has('domain-address-literal') || codes.has('domain-numeric');
  return isAddress
    ? {
        code: 'mx-address',
        message: `mx "${escapeText(text).slice(0, 300)}" is an IP address; an mx must be a host name (RFC 8461 §3.2).`,
        remedy: 'Name the host as its certificate does, and as the MX record does.',
        canOverride: false,
      }
    : {
        code: 'mx-invalid',
        message: `${parsed.issues.map(({ message }) => message).join('; ')}.`,
        remedy: 'Write a host name, or "*." and a name for every host one label below it.',
        canOverride: false,
      };
}

function presetObjections({ mx, preset }: PolicyWish): readonly Objection[] {
  if (preset === undefined || (mx === undefined && findPreset(preset) !== undefined)) return [];
  const quoted = JSON.stringify(preset.slice(0, 80));
  const message =
    mx === undefined
      ? `There is no preset called ${quoted}.`
      : `Both mx and the preset ${quoted} are given; a policy has the patterns of one of them.`;
  return [
    {
      code: 'preset-invalid',
      message,
      remedy: 'Name the patterns, or a preset.',
      canOverride: false,
    },
  ];
}

function ageObjections(seconds: number): Objection[] {
  if (!Number.isInteger(seconds) || seconds < 0) {
    return [
      {
        code: 'max-age-invalid',
        message: `max_age is ${seconds}; it must be a whole number of seconds from 0 on (RFC 8461 §3.2).`,
        remedy: 'Give whole seconds, such as 604800 for a week.',
        canOverride: false,
      },
    ];
  }
  if (seconds <= MAX_AGE_LIMIT_SECONDS) return [];
  return [
    {
      code: 'max-age-long',
      message: `max_age is ${seconds}; it must be at most ${MAX_AGE_LIMIT_SECONDS}, one year (RFC 8461 §3.2).`,
      remedy: `Give ${MAX_AGE_LIMIT_SECONDS} or less.`,
      canOverride: false,
    },
  ];
}

function missingMx(mode: StsMode, live: LiveMx | undefined): Objection {
  const why =
    live?.kind === 'unknown' ? `, and the live MX hosts are unknown: ${live.message}` : '';
  return {
    code: 'mx-missing',
    message: `No mx is given${why}; mode ${mode} must have at least one (RFC 8461 §3.2).`,
    remedy: 'Name the MX hosts.',
    canOverride: false,
  };
}

function write(policy: {
  readonly mode: StsMode;
  readonly maxAgeSeconds: number;
  readonly mx: readonly string[];
  readonly extensions: readonly Extension[];
}): Drafting {
  const { mode, maxAgeSeconds, mx } = policy;
  try {
    const body = formatStsPolicy(policy);
    const sizeBytes = Buffer.byteLength(body);
    if (sizeBytes > LONGEST_POLICY_BYTES) return tooLarge(sizeBytes);
    const parsed = parseStsPolicy(body, { strict: true });
    if (parsed.ok) return { kind: 'draft', draft: { mode, maxAgeSeconds, mx, body } };
    return invalid(parsed.issues.map(({ message }) => message).join('; '));
  } catch (error) {
    if (error instanceof TypeError) return invalid(error.message);
    throw error;
  }
}

/** Senders that stop reading there have no policy at all. */
function tooLarge(sizeBytes: number): Drafting {
  return invalid(
    `The policy has ${sizeBytes} bytes; senders need not read more than ${LONGEST_POLICY_BYTES} (RFC 8461 §3.3).`,
    'Name fewer MX hosts, or hosts of one domain by "*." and its name.',
  );
}

function invalid(message: string, remedy = 'Correct the policy.'): Drafting {
  const objection = { code: 'policy-invalid', message, remedy, canOverride: false } as const;
  return { kind: 'refused', objections: [objection] };
}
