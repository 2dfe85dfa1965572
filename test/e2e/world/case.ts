import { mxHost, type PolicyHost, type Receiver } from './addresses.ts';

/** How a domain presents itself: DNS, policy host and mail hosts, honest or forged. */
export interface Site {
  /** MX hosts in order of preference. */
  readonly mx: readonly Receiver[];
  /** Further records; `@` stands for the domain. */
  readonly records: readonly string[];
  /** TXT records at `_mta-sts`, each as its strings; or how that name fails. */
  readonly txt: readonly (readonly string[])[] | 'servfail' | 'time-out';
  /** Which policy host the DNS leads to; `gone`: its name does not exist. */
  readonly policyHost: PolicyHost | 'gone';
  /** The body that every policy host has for the domain. */
  readonly policy: string;
}

/** Where a message must be, and where not. */
export type Outcome =
  | {
      /** In this receiver's mailbox and in no other, and no longer in the queue. */
      readonly kind: 'delivered';
      readonly to: Receiver;
      readonly by: 'tls' | 'plain';
    }
  | {
      /** In the sender's queue with such a reason, and in no mailbox. */
      readonly kind: 'deferred';
      readonly because: RegExp;
    };

/** One change of the site and one message. */
export interface Step {
  readonly when: string;
  readonly site: Site;
  /** What the RFC demands. */
  readonly demanded: Outcome;
  /**
   * Retries the message several times before looking. A policy is re-checked in the background
   * (RFC 8461 §5.1), so that the first attempt after a change may still follow the old one.
   */
  readonly retried?: boolean;
  /** Sends nothing: the message of the step before is retried. */
  readonly sameMessage?: boolean;
}

/** A known departure of Postfix, which no answer of a policy table can mend. */
export interface Deviation {
  /** First Postfix that does as demanded, given Sekisho's answer for it; undefined: none known. */
  readonly endsWith?: string;
  readonly observed: Outcome;
  readonly why: string;
}

export interface Case {
  readonly number: number;
  readonly name: string;
  readonly what: string;
  /** `enforce`, `testing`, `none` or `no policy`, as published at first. */
  readonly mode: string;
  readonly clause: string;
  /** Rows of docs/conformance.md that the case shows. */
  readonly ids: readonly string[];
  readonly steps: readonly Step[];
  /** Concerns the last step. */
  readonly deviation?: Deviation;
  /** Default `to@DOMAIN`. */
  readonly recipient?: (domain: string) => string;
  /** A next hop other than the recipient's domain, in transport(5) form. */
  readonly transport?: (domain: string) => string;
  /** Default `cNUMBER.lab.test`; below `lab.test` nothing is signed, directly below `test` everything. */
  readonly domain?: string;
}

/** The domain that a case owns, in A-labels. */
export function domainOf({ number, domain }: Case): string {
  return domain ?? `c${number}.lab.test`;
}

/** The envelope recipient of a case's messages. */
export function recipientOf(each: Case): string {
  const domain = domainOf(each);
  return each.recipient?.(domain) ?? `to@${domain}`;
}

/** What the case must show with this Postfix: what the RFC demands, or the documented deviation. */
export function expectedOf(each: Case, step: Step, postfixVersion: string): Outcome {
  const { deviation } = each;
  const deviates =
    deviation !== undefined &&
    step === each.steps.at(-1) &&
    (deviation.endsWith === undefined || isOlder(postfixVersion, deviation.endsWith));
  return deviates ? deviation.observed : step.demanded;
}

function isOlder(version: string, than: string): boolean {
  const numbers = (text: string) =>
    text.split(/[.-]/).map((part) => Number.parseInt(part, 10) || 0);
  const [a, b] = [numbers(version), numbers(than)];
  const at = [0, 1, 2].find((index) => a[index] !== b[index]);
  return at !== undefined && (a[at] ?? 0) < (b[at] ?? 0);
}

/** A short text such as `delivered to good by tls`. */
export function formatOutcome(outcome: Outcome): string {
  return outcome.kind === 'delivered' ? `delivered to ${outcome.to} by ${outcome.by}` : 'deferred';
}

/** Delivered to this receiver, over TLS unless said otherwise. */
export function delivered(to: Receiver, by: 'tls' | 'plain' = 'tls'): Outcome {
  return { kind: 'delivered', to, by };
}

/** Kept in the queue for this reason (Postfix's words). */
export function deferred(because: RegExp): Outcome {
  return { kind: 'deferred', because };
}

/** A policy's text; `mx` are receivers or patterns. */
export function policy(
  mode: string,
  mx: readonly string[],
  { maxAge = 604_800, more = [] }: { maxAge?: number; more?: readonly string[] } = {},
): string {
  const lines = ['version: STSv1', `mode: ${mode}`, ...mx.map((each) => `mx: ${each}`)];
  return [...lines, `max_age: ${maxAge}`, ...more, ''].join('\r\n');
}

/** A policy that lists receivers by their MX host names. */
export function policyFor(mode: string, ...receivers: readonly Receiver[]): string {
  return policy(mode, receivers.map(mxHost));
}

/** A well-kept `enforce` domain with one MX, and what is different about it. */
export function site(difference: Partial<Site> = {}): Site {
  return {
    mx: ['good'],
    records: [],
    txt: id('1'),
    policyHost: 'good',
    policy: policyFor('enforce', 'good'),
    ...difference,
  };
}

/** The TXT records of a domain with this policy id. */
export function id(value: string): readonly (readonly string[])[] {
  return [[`v=STSv1; id=${value};`]];
}

/** A policy with extension fields that make its body exactly `octets` long. */
export function padTo(octets: number, text: string): string {
  const prefix = 'x-padding: ';
  return `${text}${prefix}${'x'.repeat(octets - text.length - prefix.length)}`;
}
