import type { Domain } from '../text/domain.ts';
import { parseDomain } from '../text/domain.ts';
import type { DomainIssueCode } from '../text/domain-issue.ts';
import { DOMAIN_FAULTS } from '../text/domain-issue.ts';
import { quote } from '../text/quote.ts';
import type { Issue, ParseOptions, Result } from '../text/result.ts';
import { toResult } from '../text/result.ts';

declare const mxPatternBrand: unique symbol;

/** `mx.example.com`, or `*.example.com` for any one label before it; canonical like `Domain`. RFC 8461 §3.2. */
export type MxPattern = string & { readonly [mxPatternBrand]: 'MxPattern' };

/** What can be wrong with an `mx` value. */
export type MxPatternIssueCode =
  | DomainIssueCode
  | 'mx-wildcard' // an asterisk elsewhere than as the whole left-most label
  | 'mx-trailing-dot'; // tolerated

const REF = 'RFC 8461 §3.2';

/**
 * Reads one `mx` value of a policy. One trailing dot is tolerated. RFC 8461 §3.2.
 *
 * @example
 * ```ts
 * import { parseMxPattern } from '@sekisho/spec';
 *
 * const parsed = parseMxPattern('*.Example.com');
 * assert(parsed.ok);
 * assert.equal(parsed.value, '*.example.com');
 * assert.equal(parseMxPattern('mx*.example.com').ok, false);
 * ```
 */
export function parseMxPattern(
  text: string,
  options?: ParseOptions,
): Result<MxPattern, Issue<MxPatternIssueCode>> {
  const prefix = text.startsWith('*.') ? '*.' : '';
  const name = text.slice(prefix.length);
  const domain = parseDomain(name);
  const issues: Issue<MxPatternIssueCode>[] = domain.issues.map(({ code }) =>
    nameIssue(code, text),
  );
  if (name.includes('*')) issues.unshift(wildcardIssue(text));
  if (domain.ok && name.endsWith('.')) issues.push(trailingDotIssue(text));
  return toResult(
    domain.ok ? (`${prefix}${domain.value}` as MxPattern) : undefined,
    issues,
    options,
  );
}

/**
 * Whether a pattern allows an MX host: equal names, or `*` for exactly one whole left-most label. RFC 8461 §4.1.
 *
 * @example
 * ```ts
 * import { matchMx, parseDomain, parseMxPattern } from '@sekisho/spec';
 *
 * const pattern = parseMxPattern('*.example.com');
 * const near = parseDomain('mx.example.com');
 * const far = parseDomain('a.mx.example.com');
 * assert(pattern.ok && near.ok && far.ok);
 * assert.equal(matchMx(pattern.value, near.value), true);
 * assert.equal(matchMx(pattern.value, far.value), false);
 * ```
 */
export function matchMx(pattern: MxPattern, mxHost: Domain): boolean {
  if (!pattern.startsWith('*.')) return String(pattern) === String(mxHost);
  const dot = mxHost.indexOf('.');
  return dot > 0 && mxHost.slice(dot) === pattern.slice(1);
}

/**
 * The first pattern of a policy that allows an MX host, or undefined if none does. RFC 8461 §4.1.
 *
 * @example
 * ```ts
 * import { matchPolicy, parseDomain, parseStsPolicy } from '@sekisho/spec';
 *
 * const policy = parseStsPolicy('version: STSv1\nmode: enforce\nmx: *.example.com\nmax_age: 1209600\n');
 * const host = parseDomain('mx.example.com');
 * assert(policy.ok && host.ok);
 * assert.equal(matchPolicy(policy.value, host.value), '*.example.com');
 * ```
 */
export function matchPolicy(
  policy: { readonly mx: readonly MxPattern[] },
  mxHost: Domain,
): MxPattern | undefined {
  return policy.mx.find((pattern) => matchMx(pattern, mxHost));
}

/**
 * The first of a policy's `mx`, as they are written, that allows an MX host; undefined if none does, or if the host is no
 * name. RFC 8461 §4.1.
 *
 * @example
 * ```ts
 * import { matchMxTexts } from '@sekisho/spec';
 *
 * const mx = ['mail.example.com', '*.Example.net'];
 * assert.equal(matchMxTexts(mx, 'mx1.example.net'), '*.Example.net');
 * assert.equal(matchMxTexts(mx, 'mx1.example.com'), undefined);
 * ```
 */
export function matchMxTexts(patterns: readonly string[], mxHost: string): string | undefined {
  const host = parseDomain(mxHost);
  if (!host.ok) return undefined;
  return patterns.find((text) => {
    const pattern = parseMxPattern(text);
    return pattern.ok && matchMx(pattern.value, host.value);
  });
}

function nameIssue(code: DomainIssueCode, text: string): Issue<DomainIssueCode> {
  const hint = /[\s,]/.test(text) ? '; each pattern must have its own line' : '';
  const message = `mx ${quote(text)}: ${DOMAIN_FAULTS[code]}${hint} (${REF})`;
  return { code, severity: 'error', message, ref: REF };
}

function wildcardIssue(text: string): Issue<'mx-wildcard'> {
  const message = `mx ${quote(text)}: an asterisk stands inside the name, must be the whole left-most label (${REF})`;
  return { code: 'mx-wildcard', severity: 'error', message, ref: REF };
}

function trailingDotIssue(text: string): Issue<'mx-trailing-dot'> {
  const message = `mx ${quote(text)}: it ends with a dot, must end with a label (${REF})`;
  return { code: 'mx-trailing-dot', severity: 'tolerated', message, ref: REF };
}
