import { randomBytes } from 'node:crypto';
import type { Domain } from '@sekisho/spec';
import {
  type ChallengeKind,
  type ChallengeVisitor,
  createChallengeCertificate,
  type Visit,
} from '../../io/acme/index.ts';
import type { Clock } from '../../io/clock/index.ts';
import type { Resolver } from '../../io/dns/index.ts';
import type { ChallengeResponder } from './challenge-responder.ts';

/** Whether a host name leads to this very process, over the public DNS. */
export type Pointing =
  /** By which kinds of challenge it was found, in the order asked for; at least one. */
  | { readonly kind: 'here'; readonly by: readonly ChallengeKind[] }
  /** One sentence, escaped: where it leads instead. */
  | { readonly kind: 'elsewhere'; readonly message: string };

/** Finds out before the certificate authority does, which counts failures. Never rejects. */
export type PointsHere = (host: Domain, kinds: readonly ChallengeKind[]) => Promise<Pointing>;

interface PointsHereOptions {
  readonly resolver: Resolver;
  readonly visitor: ChallengeVisitor;
  readonly challenges: ChallengeResponder;
  readonly clock: Clock;
}

const MOST_ADDRESSES = 8;

/**
 * Makes the check: a random challenge is put up, and looked for at every address of the name. It counts when it is found
 * at one and nothing else at another; an address that cannot be reached from here may lack only our own way there.
 */
export function createPointsHere(options: PointsHereOptions): PointsHere {
  return async (host, kinds) => {
    const found = await lookupAddresses(host, options.resolver);
    if (typeof found === 'string') return { kind: 'elsewhere', message: found };
    const looks = await Promise.all(
      kinds.map(async (kind) => ({ kind, fault: await look(kind, host, found, options) })),
    );
    const by = looks.filter(({ fault }) => fault === undefined).map(({ kind }) => kind);
    if (by.length > 0) return { kind: 'here', by };
    return { kind: 'elsewhere', message: looks.map(({ fault }) => fault).join('; ') };
  };
}

/** The addresses, or why there are none. */
async function lookupAddresses(
  host: Domain,
  resolver: Resolver,
): Promise<readonly string[] | string> {
  const answers = await Promise.all([resolver.lookupAaaa(host), resolver.lookupA(host)]);
  const addresses = answers.flatMap((answer) => (answer.kind === 'answer' ? answer.records : []));
  if (addresses.length > 0) return addresses.slice(0, MOST_ADDRESSES);
  const failure = answers.find((answer) => answer.kind === 'failure');
  return failure?.kind === 'failure'
    ? `Addresses of "${host}" cannot be looked up: ${failure.message}`
    : `"${host}" has no address in the DNS`;
}

/** Undefined when the challenge is seen, else what is seen instead. */
async function look(
  kind: ChallengeKind,
  host: Domain,
  addresses: readonly string[],
  options: PointsHereOptions,
): Promise<string | undefined> {
  const visits =
    kind === 'http-01'
      ? await visitHttp(host, addresses, options)
      : await visitAlpn(host, addresses, options);
  const other = visits.findIndex((visit) => visit.kind === 'other');
  if (other === -1 && visits.some((visit) => visit.kind === 'ours')) return undefined;
  return describe(kind, host, addresses, visits, Math.max(other, 0));
}

function describe(
  kind: ChallengeKind,
  host: Domain,
  addresses: readonly string[],
  visits: readonly Visit[],
  index: number,
): string {
  const [address, visit] = [addresses[index] ?? '', visits[index]];
  return visit?.kind === 'other'
    ? `"${host}" leads to ${address}, where ${kind} finds ${visit.found} in place of ours`
    : `"${host}" leads to ${address}, which ${kind} cannot reach: ${visit?.kind === 'unreachable' ? visit.reason : 'no visit'}`;
}

async function visitHttp(
  host: Domain,
  addresses: readonly string[],
  { challenges, visitor }: PointsHereOptions,
): Promise<readonly Visit[]> {
  const token = randomBytes(16).toString('base64url');
  const keyAuthorization = `${token}.${randomBytes(16).toString('base64url')}`;
  challenges.addHttp(host, token, keyAuthorization);
  try {
    const shown = { token, keyAuthorization };
    return await Promise.all(addresses.map((each) => visitor.visitHttp(host, each, shown)));
  } finally {
    challenges.removeHttp(host, token);
  }
}

async function visitAlpn(
  host: Domain,
  addresses: readonly string[],
  { challenges, visitor, clock }: PointsHereOptions,
): Promise<readonly Visit[]> {
  const pair = createChallengeCertificate(host, randomBytes(16).toString('hex'), clock.now());
  challenges.addAlpn(host, pair);
  try {
    return await Promise.all(addresses.map((each) => visitor.visitAlpn(host, each, pair.chainPem)));
  } finally {
    challenges.removeAlpn(host);
  }
}
