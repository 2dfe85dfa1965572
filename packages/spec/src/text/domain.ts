import type { DomainIssueCode } from './domain-issue.ts';
import { domainIssue, MAX_DOMAIN_OCTETS, MAX_LABEL_OCTETS } from './domain-issue.ts';
import type { Issue, Result } from './result.ts';

declare const domainBrand: unique symbol;

/**
 * A domain name in its one canonical form: A-labels in lower case, no trailing dot, 1 to 253 octets, labels of 1 to 63
 * letters, digits and inner hyphens, the last label not a number (so it is never an IPv4 address).
 * Only `parseDomain` makes one. RFC 5321 §4.1.2.
 */
export type Domain = string & { readonly [domainBrand]: 'Domain' };

/** UTS 46 ToASCII, supplied by the caller because this package carries no tables; `undefined` for a name that is not valid. */
export type ToAscii = (name: string) => string | undefined;

/** How names outside ASCII are read. */
export interface DomainOptions {
  /** Turns U-labels into A-labels. Default: none, and a name outside ASCII is refused. */
  readonly toAscii?: ToAscii;
}

/** No name of 253 octets has that many characters before ToASCII; keeps the caller's tables away from endless input. */
const MAX_UNICODE_LENGTH = 1024;
const DOT = 0x2e;
const HYPHEN = 0x2d;
const NO_ISSUES: readonly never[] = [];

/**
 * Reads a domain name: folds ASCII upper case, drops one trailing dot, turns U-labels into A-labels with `toAscii`.
 * Each code is reported once, for the first label that earns it. RFC 5321 §4.1.2.
 *
 * @example
 * ```ts
 * import { parseDomain } from '@sekisho/spec';
 *
 * const parsed = parseDomain('Example.COM.');
 * assert(parsed.ok);
 * assert.equal(parsed.value, 'example.com');
 * assert.equal(parseDomain('192.0.2.1').ok, false);
 * ```
 */
export function parseDomain(
  text: string,
  options?: DomainOptions,
): Result<Domain, Issue<DomainIssueCode>> {
  const name = canonicalAscii(text);
  if (name !== undefined) return { ok: true, value: name, issues: NO_ISSUES };
  return isAscii(text) ? refuse(text) : parseUnicode(text, options?.toAscii);
}

function parseUnicode(
  text: string,
  toAscii: ToAscii | undefined,
): Result<Domain, Issue<DomainIssueCode>> {
  if (text.length > MAX_UNICODE_LENGTH)
    return { ok: false, issues: [domainIssue('domain-too-long', text)] };
  if (toAscii === undefined) return { ok: false, issues: [domainIssue('domain-not-ascii', text)] };
  const ascii = toAscii(text);
  if (ascii === undefined || !isAscii(ascii))
    return { ok: false, issues: [domainIssue('domain-idn-invalid', text)] };
  const name = canonicalAscii(ascii);
  return name === undefined ? refuse(ascii) : { ok: true, value: name, issues: NO_ISSUES };
}

/** Asked for every new key on the lookup path, hence one pass over the characters and no copy where none is needed. */
function canonicalAscii(text: string): Domain | undefined {
  const end = text.charCodeAt(text.length - 1) === DOT ? text.length - 1 : text.length;
  if (end === 0 || end > MAX_DOMAIN_OCTETS) return undefined;
  let labelStart = 0;
  let previous = DOT;
  let hasUpperCase = false;
  for (let at = 0; at < end; at += 1) {
    const code = text.charCodeAt(at);
    if (code === DOT) {
      if (previous === DOT || previous === HYPHEN) return undefined;
      if (at - labelStart > MAX_LABEL_OCTETS) return undefined;
      labelStart = at + 1;
    } else if (code === HYPHEN) {
      if (previous === DOT) return undefined;
    } else if (code >= 0x41 && code <= 0x5a) {
      hasUpperCase = true;
    } else if (!isLowerCaseOrDigit(code)) {
      return undefined;
    }
    previous = code;
  }
  if (previous === DOT || previous === HYPHEN) return undefined;
  if (end - labelStart > MAX_LABEL_OCTETS) return undefined;
  const name = end === text.length ? text : text.slice(0, end);
  if (isDigit(name.charCodeAt(labelStart)) && isNumber(name.slice(labelStart))) return undefined;
  return (hasUpperCase ? name.toLowerCase() : name) as Domain;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function isLowerCaseOrDigit(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || isDigit(code);
}

/** Also the hexadecimal form, which URL parsers take for the end of an IPv4 address. */
function isNumber(label: string): boolean {
  return /^(?:[0-9]+|0x[0-9a-f]*)$/i.test(label);
}

function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) if (text.charCodeAt(at) > 0x7f) return false;
  return true;
}

function refuse(text: string): Result<Domain, Issue<DomainIssueCode>> {
  return { ok: false, issues: Array.from(domainFaults(text), (code) => domainIssue(code, text)) };
}

function domainFaults(text: string): ReadonlySet<DomainIssueCode> {
  const name = text.endsWith('.') ? text.slice(0, -1) : text;
  if (name === '') return new Set(['domain-empty'] as const);
  if (name.startsWith('[') || name.includes(':'))
    return new Set(['domain-address-literal'] as const);
  const labels = name.split('.');
  const faults = new Set<DomainIssueCode>(labels.flatMap(labelFaults));
  if (name.length > MAX_DOMAIN_OCTETS) faults.add('domain-too-long');
  if (isNumber(labels.at(-1) ?? '')) faults.add('domain-numeric');
  return faults;
}

function labelFaults(label: string): readonly DomainIssueCode[] {
  if (label === '') return ['label-empty'];
  const faults: DomainIssueCode[] = [];
  if (label.length > MAX_LABEL_OCTETS) faults.push('label-too-long');
  if (/[^A-Za-z0-9-]/.test(label)) faults.push('label-characters');
  if (label.startsWith('-') || label.endsWith('-')) faults.push('label-hyphen');
  return faults;
}
