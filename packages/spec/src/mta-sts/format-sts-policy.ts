import { type Extension, isExtensionValue, isFieldName } from '../text/extension.ts';
import { parseMxPattern } from './mx-pattern.ts';
import { quote } from '../text/quote.ts';
import type { StsMode } from './sts-policy.ts';
import { MAX_AGE_LIMIT_SECONDS, STS_MODES } from './sts-policy.ts';

const REF = 'RFC 8461 §3.2';

/**
 * Writes a policy file: version, mode, every mx, max_age, extensions; CRLF after each line, which satisfies both the
 * grammar and the prose. RFC 8461 §3.2.
 *
 * @throws TypeError for what no policy may say: an mx that is not in canonical form, no mx outside mode `none`, a name
 * or an mx twice, a `maxAgeSeconds` that is not a whole number from 0 to 31557600, an extension outside the grammar.
 * @example
 * ```ts
 * import { formatStsPolicy } from '@sekisho/spec';
 *
 * assert.equal(
 *   formatStsPolicy({ mode: 'testing', maxAgeSeconds: 604_800, mx: ['mx.example.com'] }),
 *   'version: STSv1\r\nmode: testing\r\nmx: mx.example.com\r\nmax_age: 604800\r\n',
 * );
 * ```
 */
export function formatStsPolicy(policy: {
  readonly mode: StsMode;
  readonly maxAgeSeconds: number;
  readonly mx: readonly string[];
  readonly extensions?: readonly Extension[];
}): string {
  const { mode, maxAgeSeconds, mx, extensions = [] } = policy;
  demand(STS_MODES.includes(mode), `mode ${quote(mode)}`, 'enforce, testing or none');
  demandMaxAge(maxAgeSeconds);
  demandMx(mx, mode);
  demandExtensions(extensions);
  const lines = [
    'version: STSv1',
    `mode: ${mode}`,
    ...mx.map((pattern) => `mx: ${pattern}`),
    `max_age: ${maxAgeSeconds}`,
    ...extensions.map(({ name, value }) => `${name}: ${value}`),
  ];
  return lines.map((line) => `${line}\r\n`).join('');
}

function demandMaxAge(seconds: number): void {
  const isAllowed = Number.isInteger(seconds) && seconds >= 0 && seconds <= MAX_AGE_LIMIT_SECONDS;
  demand(isAllowed, `max_age ${seconds}`, `a whole number from 0 to ${MAX_AGE_LIMIT_SECONDS}`);
}

function demandMx(mx: readonly string[], mode: StsMode): void {
  demand(mx.length > 0 || mode === 'none', 'no mx', `at least one in mode ${mode}`);
  for (const pattern of mx) {
    const parsed = parseMxPattern(pattern);
    const isCanonical = parsed.ok && String(parsed.value) === pattern;
    demand(isCanonical, `mx ${quote(pattern)}`, 'a name or *.name in lower-case A-labels');
  }
  demand(new Set(mx).size === mx.length, 'an mx twice', 'each once');
}

function demandExtensions(extensions: readonly Extension[]): void {
  const names = new Set(['version', 'mode', 'mx', 'max_age']);
  for (const { name, value } of extensions) {
    const isAllowed = isFieldName(name) && isExtensionValue(value) && !names.has(name);
    demand(
      isAllowed,
      `field ${quote(`${name}: ${value}`)}`,
      'a new name and a value without controls',
    );
    names.add(name);
  }
}

function demand(isAllowed: boolean, given: string, allowed: string): void {
  if (!isAllowed) throw new TypeError(`Cannot write ${given}: must be ${allowed} (${REF})`);
}
