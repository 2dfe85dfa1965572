import { quote } from '@sekisho/spec';
import { getDomain } from 'tldts';
import type { DkimSignature } from '../../io/dkim-verify/index.ts';
import type { ReportTrust } from '../store/index.ts';

/** Which keys may sign reports, by the services that they name (RFC 8460 §3). */
export type KeyServiceRule =
  /** Only those that name `tlsrpt`, which few in use do. */
  | 'named'
  /** Those whose list has no `tlsrpt` may not; a key without a list may. */
  | 'not-excluded'
  | 'any';

/** What a signature is held against. */
export interface Author {
  /** Domain of the one `From` address; undefined where there is not exactly one. */
  readonly from: string | undefined;
  /** Domain that the report names as its reporter. */
  readonly submitter: string | undefined;
}

/** How much a message is to be believed, or that the DNS has to be asked again. Texts are escaped. */
export type Judgement = ReportTrust | { readonly kind: 'later'; readonly problem: string };

/**
 * Judges by the signatures of a message whether its reporter is who it says: one of them must have passed, be of the
 * organization of both `From` and the reporter, sign `From` and the whole body, and be made with a key that is meant
 * for reports. RFC 8460 §3.
 */
export function judgeTrust(
  signatures: readonly DkimSignature[],
  author: Author,
  rule: KeyServiceRule,
): Judgement {
  if (author.from === undefined) return unverified('it has not exactly one plain From address');
  const problems = signatures.map((signature) => findProblem(signature, author, rule));
  const good = signatures.find((_, index) => problems[index] === undefined);
  if (good !== undefined) {
    const { domain, selector, keyService = '*' } = good;
    return { kind: 'verified', signedBy: domain, selector, keyService };
  }
  const later = problems.find((problem) => problem?.isTemporary === true);
  if (later !== undefined) return { kind: 'later', problem: later.text };
  return unverified(problems[0]?.text ?? 'it has no DKIM signature');
}

function unverified(why: string): ReportTrust {
  return { kind: 'unverified', why };
}

interface Problem {
  readonly text: string;
  readonly isTemporary: boolean;
}

function findProblem(
  signature: DkimSignature,
  author: Author,
  rule: KeyServiceRule,
): Problem | undefined {
  const because = (why: string, isTemporary = false): Problem => ({
    text: `the DKIM signature of ${quote(signature.domain)} ${why}`,
    isTemporary,
  });
  for (const name of [author.from, author.submitter]) {
    if (name !== undefined && !isOneOrganization(signature.domain, name))
      return because(`is of another organization than ${quote(name)}`);
  }
  if (signature.hasLengthTag) return because('leaves the end of the message open (l=)');
  if (!signature.signedHeaders.includes('from')) return because('does not cover From');
  if (signature.result === 'temporary')
    return because(`cannot be verified now: ${signature.comment}`, true);
  if (signature.result !== 'pass') return because(`does not verify: ${signature.comment}`);
  if (!isForReports(signature.keyService, rule))
    return because(`is made with a key for ${quote(signature.keyService ?? '')} alone`);
  return undefined;
}

function isForReports(service: string | undefined, rule: KeyServiceRule): boolean {
  const listed = (service ?? '*').split(':');
  if (rule === 'any' || listed.includes('tlsrpt')) return true;
  return rule === 'not-excluded' && listed.includes('*');
}

/** Customers of one host whose names share a private suffix are strangers to each other. */
function isOneOrganization(a: string, b: string): boolean {
  if (a === b) return true;
  const organization = organizationOf(a);
  return organization !== null && organization === organizationOf(b);
}

function organizationOf(name: string): string | null {
  return getDomain(name, { allowPrivateDomains: true, extractHostname: false });
}
