import { type Domain, policyHost } from '@sekisho/spec';
import { type AcmeClient, certificateId, type ChallengeKind } from '../../io/acme/index.ts';
import type { Clock } from '../../io/clock/index.ts';
import { IoError } from '../../io/error.ts';
import { inspectPair, type KeyFiles, type PemPair } from '../../io/key-files/index.ts';
import type { CertificateState, PublishStore } from '../store/index.ts';
import type { AuthorityHold } from './authority-hold.ts';
import { backOffMs } from './back-off.ts';
import type { CertificateEvents } from './certificate-events.ts';
import { mayResume, orderCertificate, type OrderContext } from './order-certificate.ts';
import { OrderFault } from './order-fault.ts';
import type { Pointing, PointsHere } from './points-here.ts';
import { type Lifetime, renewalTimeMs } from './renewal-time.ts';

const HOUR_MS = 3_600_000;
/** Authorities count certificates of the same name by the week: some issue five. */
const REST_MS = 48 * HOUR_MS;
/** For renewal information, after it could not be had. */
const ASK_AGAIN_MS = 6 * HOUR_MS;

/** Everything that looking after one domain's certificate needs. */
export interface MaintainContext extends Omit<OrderContext, 'accounts'> {
  readonly store: PublishStore;
  readonly files: KeyFiles;
  readonly clock: Clock;
  readonly events: CertificateEvents;
  readonly hold: AuthorityHold;
  readonly pointsHere: PointsHere;
  /** In order of preference. */
  readonly kinds: readonly ChallengeKind[];
  readonly chance: () => number;
  readonly changed: (domain: Domain) => void;
  /** Undefined without a certificate authority. */
  readonly authority?: { readonly acme: AcmeClient; readonly accounts: OrderContext['accounts'] };
}

/**
 * Looks after one domain's certificate: adopts what is there, plans its renewal, or gets a new one. What goes wrong is
 * noted with the time of the next attempt.
 *
 * @param force renews whatever the plan says.
 */
export async function maintainCertificate(
  domain: Domain,
  force: boolean,
  context: MaintainContext,
): Promise<void> {
  const { store, clock, events } = context;
  const state = (await store.getCertificate(domain)) ?? freshState(domain, clock.now());
  try {
    await maintainState(state, force, context);
  } catch (error) {
    if (!(error instanceof IoError) || !error.code.startsWith('files-')) throw error;
    await events.failed(state, error);
  }
}

/** A domain of which nothing is known yet: due at once. */
export function freshState(domain: Domain, nowMs: number): CertificateState {
  return { domain, nextAttemptAtMs: nowMs, failures: 0 };
}

async function maintainState(
  state: CertificateState,
  force: boolean,
  context: MaintainContext,
): Promise<void> {
  const { store, files, clock, events, authority, hold } = context;
  const host = policyHost(state.domain);
  if (host === undefined)
    return void (await events.failed(state, {
      code: 'no-policy-host',
      message: `"mta-sts.${state.domain}" is longer than a name may be`,
    }));
  const pair = await files.loadPair(state.domain);
  const lifetime = pair === undefined ? undefined : lifetimeOf(pair, host, clock.now());
  const known = { ...(pair === undefined ? withoutLifetime(state) : state), ...lifetime };
  if (lifetime !== undefined && state.orderUrl === undefined && !force) {
    const planned = await planRenewal(known, lifetime, pair, context);
    if (planned.nextAttemptAtMs > clock.now()) return store.putCertificate(planned);
  }
  if (authority === undefined) return noteNoAuthority(known, lifetime, context);
  const heldUntilMs = force ? undefined : hold.untilMs();
  if (heldUntilMs !== undefined) return putOff(known, heldUntilMs, context);
  return obtain(known, host, pair, { ...context, authority });
}

/** An expired certificate, or one for another name, is none. */
function lifetimeOf(pair: PemPair, host: Domain, nowMs: number): Lifetime | undefined {
  const verdict = inspectPair(pair, host, nowMs);
  if (verdict.kind === 'bad') return undefined;
  const { notBeforeMs, notAfterMs } = verdict;
  return { notBeforeMs, notAfterMs };
}

function withoutLifetime(state: CertificateState): CertificateState {
  const { notBeforeMs: _begin, notAfterMs: _end, ...rest } = state;
  return rest;
}

/** When to look after a good certificate next: when it is to be renewed, or when the authority may have changed its mind. */
async function planRenewal(
  state: CertificateState,
  lifetime: Lifetime,
  pair: PemPair | undefined,
  { authority, clock }: MaintainContext,
): Promise<CertificateState> {
  const { problem: _over, ...rest } = state;
  const id = pair === undefined ? undefined : certificateId(pair.chainPem);
  const asked = id === undefined ? undefined : await authority?.acme.getRenewalInfo(id);
  const info = asked?.kind === 'done' ? asked.value : undefined;
  const renewAtMs = renewalTimeMs(state.domain, lifetime, info);
  const unasked = asked?.kind === 'failure' ? ASK_AGAIN_MS : Infinity;
  const askAgainMs = clock.now() + (info?.retryAfterMs ?? unasked);
  const nextAttemptAtMs = renewAtMs <= clock.now() ? renewAtMs : Math.min(renewAtMs, askAgainMs);
  // A renewal that is due keeps its count of failures, and what the last one was.
  return renewAtMs <= clock.now()
    ? { ...state, nextAttemptAtMs }
    : { ...rest, failures: 0, nextAttemptAtMs };
}

async function noteNoAuthority(
  state: CertificateState,
  lifetime: Lifetime | undefined,
  { store, clock, events }: MaintainContext,
): Promise<void> {
  const message =
    lifetime === undefined
      ? 'There is no certificate, and no certificate authority to order one from'
      : 'The certificate is to be renewed, and there is no certificate authority to renew it';
  const problem = events.problem({ code: 'acme-off', message });
  await store.putCertificate({ ...state, problem, nextAttemptAtMs: clock.now() + HOUR_MS });
}

/** Not this domain's failure, so it does not count as one. */
async function putOff(
  state: CertificateState,
  untilMs: number,
  { store, events, chance }: MaintainContext,
): Promise<void> {
  const message = 'The authority limits how much we may order; all orders wait';
  const problem = events.problem({ code: 'rate-limited', message });
  await store.putCertificate({
    ...state,
    problem,
    nextAttemptAtMs: Math.round(untilMs + chance() * HOUR_MS),
  });
}

type ObtainContext = MaintainContext & Required<Pick<MaintainContext, 'authority'>>;

async function obtain(
  before: CertificateState,
  host: Domain,
  old: PemPair | undefined,
  context: ObtainContext,
): Promise<void> {
  const { clock, store, events, hold, signal } = context;
  const book = await openBook(before, context);
  try {
    const pair = await orderCertificate(
      {
        domain: before.domain,
        host,
        findKinds: createKindFinder(host, before.failures, context),
        orderUrl: before.orderUrl,
        replaces: old === undefined ? undefined : certificateId(old.chainPem),
        noteOrder: (url) => book.noteOrder(url),
      },
      { ...context, accounts: context.authority.accounts },
    );
    hold.note(before.domain, {});
    await install(pair, host, book.state(), context);
  } catch (error) {
    if (!(error instanceof OrderFault)) throw error;
    const { code, retryAfterMs } = error;
    const { orderUrl, ...rest } = { ...book.state(), failures: before.failures };
    const kept = mayResume(code) && orderUrl !== undefined ? { ...rest, orderUrl } : rest;
    // What we broke off ourselves is no failure: the next start takes it up.
    if (signal.aborted) return store.putCertificate({ ...kept, nextAttemptAtMs: clock.now() });
    if (code !== 'not-pointing-here')
      hold.note(before.domain, { code, ...(retryAfterMs !== undefined && { retryAfterMs }) });
    await events.failed(kept, error);
  }
}

/** Looks once, however often it is asked. */
function createKindFinder(
  host: Domain,
  failures: number,
  { pointsHere, kinds }: MaintainContext,
): () => Promise<readonly ChallengeKind[]> {
  let pointing: Promise<Pointing> | undefined;
  return async () => {
    pointing ??= pointsHere(host, kinds);
    const found = await pointing;
    if (found.kind === 'here') return rotate(found.by, failures);
    throw new OrderFault('not-pointing-here', found.message);
  };
}

/** After a failure the other kind of challenge has its turn: one failure an order is all that it costs. */
function rotate(kinds: readonly ChallengeKind[], by: number): readonly ChallengeKind[] {
  const start = by % kinds.length;
  return [...kinds.slice(start), ...kinds.slice(0, start)];
}

/**
 * Writes the failure down before the authority is asked, and takes it back afterwards: a process that dies at every
 * attempt would else ask again at every start. Once there is an order, the next start takes it up at once.
 */
async function openBook(before: CertificateState, { store, clock, chance }: MaintainContext) {
  const failures = before.failures + 1;
  const waitMs = backOffMs(failures, { code: 'unreachable', chance: chance() });
  let state: CertificateState = {
    ...before,
    failures,
    nextAttemptAtMs: before.orderUrl === undefined ? clock.now() + waitMs : clock.now(),
  };
  await store.putCertificate(state);
  return {
    state: () => state,
    async noteOrder(orderUrl: string): Promise<void> {
      state = { ...state, orderUrl, nextAttemptAtMs: clock.now() };
      await store.putCertificate(state);
    },
  };
}

async function install(
  pair: PemPair,
  host: Domain,
  state: CertificateState,
  context: ObtainContext,
): Promise<void> {
  const { files, clock, events, changed } = context;
  const verdict = inspectPair(pair, host, clock.now());
  if (verdict.kind === 'bad')
    throw new OrderFault('refused', `What the authority issued cannot be used: ${verdict.message}`);
  const { domain } = state;
  await files.savePair(domain, pair);
  const { notBeforeMs, notAfterMs } = verdict;
  const fresh = { ...freshState(domain, clock.now()), notBeforeMs, notAfterMs };
  const planned = await planRenewal(fresh, verdict, pair, context);
  // An authority whose clock differs from ours may issue what is due for renewal at once.
  const soonestMs = clock.now() + Math.min(REST_MS, (notAfterMs - notBeforeMs) / 3);
  const nextAttemptAtMs = Math.floor(Math.max(planned.nextAttemptAtMs, soonestMs));
  // The state first: a kill in between leaves a pending key that nobody asks for.
  await events.obtained(
    { ...planned, nextAttemptAtMs },
    {
      code: 'certificate-issued',
      message: `A certificate for ${host} was issued; it ends on ${new Date(notAfterMs).toISOString()}`,
    },
  );
  await files.removePendingKey(domain);
  changed(domain);
}
