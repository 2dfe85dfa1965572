import { derivePolicyId, type Domain, parseDomain, policyHost } from '@sekisho/spec';
import { escapeText } from '../../io/log/index.ts';
import { type LiveMx, lookupLiveMx } from '../gates/live-mx.ts';
import { unmatchedHosts } from '../migration/index.ts';
import type { ChangePurpose, PolicyVersion, PublishedDomain } from '../store/index.ts';
import { beginChange, type NewVersion } from './change-state.ts';
import { type Draft, draftPolicy, needsLiveMx } from './draft.ts';
import { judgeDraft, judgeOverruling, leadsToEnforce } from './judge-draft.ts';
import { judgeOrder, liftObjections, refuse } from './objections.ts';
import type { Objection, Order, OrderOutcome, PolicyWish } from './rollout.ts';
import { recordEvent, type RolloutContext } from './rollout-context.ts';

/** What is ordered: a policy and why. */
export interface Placing {
  readonly wish: PolicyWish;
  readonly purpose: ChangePurpose;
  readonly order: Order;
  /** Whether the text announced already needs no change. */
  readonly canStay: boolean;
}

/**
 * Begins the change that a wish asks for, or says all that speaks against it. The caller holds the domain's lock.
 *
 * A change at `confirm` is superseded by this one.
 */
export async function placeOrder(
  context: RolloutContext,
  domain: Domain,
  placing: Placing,
): Promise<OrderOutcome> {
  const { wish, order } = placing;
  const faults = [...judgeDomain(domain), ...judgeOrder(order)];
  if (faults.length > 0) return refuse(context, domain, faults);
  const [found, versions] = await readDomain(context, domain);
  const change = found?.change;
  const announced = versions.find(({ number }) => number === found?.announced);
  const early = needsLiveMx(wish, announced) ? await lookUp(context, domain) : undefined;
  const drafting = draftPolicy(wish, announced, early);
  if (drafting.kind === 'refused') return refuse(context, domain, drafting.objections);
  const { draft } = drafting;
  if (placing.canStay) {
    // The same once more must not get a new id while the first one is on its way to the name servers.
    const coming = versions.find(({ number }) => number === change?.version);
    if (change !== undefined && coming?.body === draft.body) return { kind: 'busy', change };
    const isThere = change === undefined && announced?.body === draft.body;
    if (isThere) return { kind: 'unchanged', version: announced };
  }
  const live = early ?? (await lookUp(context, domain));
  const gates =
    announced !== undefined && leadsToEnforce(draft, announced)
      ? await context.gatesOf(domain, announced)
      : [];
  const objections = [
    ...judgeOverruling(draft.body, order, versions),
    ...judgeDraft(draft, { live, versions, announced, gates }),
  ];
  const { remaining, overridden } = liftObjections(objections, order);
  if (remaining.length > 0) return refuse(context, domain, remaining);
  return begin(context, domain, { ...placing, found, versions, draft, overridden, live });
}

function judgeDomain(domain: Domain): readonly Objection[] {
  const parsed = parseDomain(domain);
  const isFit = parsed.ok && parsed.value === domain && policyHost(domain) !== undefined;
  if (isFit) return [];
  const why = parsed.ok
    ? `mta-sts.${domain} must be a host name of at most 253 octets (RFC 8461 §3.2)`
    : parsed.issues.map(({ message }) => message).join('; ');
  const remedy = 'Name the domain behind the @ of the mail addresses.';
  return [{ code: 'domain-invalid', message: `${why}.`, remedy, canOverride: false }];
}

function readDomain({ store }: RolloutContext, domain: Domain) {
  return Promise.all([store.getDomain(domain), store.listVersions(domain)]);
}

function lookUp({ resolver, signal }: RolloutContext, domain: Domain): Promise<LiveMx> {
  return lookupLiveMx(resolver, domain, signal);
}

interface Judged extends Placing {
  readonly found: PublishedDomain | undefined;
  readonly versions: readonly PolicyVersion[];
  readonly draft: Draft;
  readonly overridden: readonly string[];
  readonly live: LiveMx;
}

async function begin(
  context: RolloutContext,
  domain: Domain,
  judged: Judged,
): Promise<OrderOutcome> {
  const { store, clock, log, observe } = context;
  const { draft, overridden, order, purpose } = judged;
  const by = escapeText(order.by);
  // Looking up and judging took its time.
  const [found, versions] = await readDomain(context, domain);
  const id = choosePolicyId(draft.body, new Set(versions.map((version) => version.id)));
  const wanted: NewVersion = {
    ...draft,
    id,
    createdBy: by,
    overrides: overridden,
    purpose,
    ...(order.reason === undefined ? {} : { reason: escapeText(order.reason) }),
  };
  const begun = beginChange(domain, found, versions, wanted, clock.now());
  if (begun.kind === 'busy') return begun;
  const isDone = await store.commitChange(found, begun.commit);
  if (!isDone) throw new Error(`Cannot change ${domain}: another process does so now`);
  const version = begun.commit.added;
  observe({ kind: 'begun', domain });
  log.info('a change begins', { domain, version: version.number, mode: draft.mode, id, by });
  for (const event of eventsOf(judged, version))
    await recordEvent(context, domain, { ...event, by });
  return { kind: 'begun', version };
}

function eventsOf(
  { draft, overridden, live, purpose, found }: Judged,
  { number, reason = '' }: PolicyVersion,
): readonly { readonly code: string; readonly message: string }[] {
  const { mode, mx, maxAgeSeconds } = draft;
  const about = `version ${number}: mode ${mode}, max_age ${maxAgeSeconds}, mx ${mx.join(' ') || 'none'}`;
  const superseded = found?.change && `; it takes the place of version ${found.change.version}`;
  const begun = `A change (${purpose}) to ${about} begins${superseded ?? ''}.`;
  const lifted = overridden.map((code) => ({
    code: code.startsWith('gate-') ? 'gate-forced' : 'objection-overridden',
    message: `${code} was overridden for version ${number}: ${reason}`,
  }));
  const unmatched =
    mode === 'testing' && live.kind === 'hosts' ? unmatchedHosts(mx, live.hosts) : [];
  const named = unmatched.map(escapeText).join(', ');
  const note = { code: 'mx-unmatched', message: `No mx of version ${number} matches ${named}.` };
  return [{ code: 'change-begun', message: begun }, ...lifted, ...(named === '' ? [] : [note])];
}

/**
 * The id for a text: derived from it, and with a counter where the domain has used that id before, since a text that
 * is published again must be seen as a change (RFC 8461 §3.1).
 */
export function choosePolicyId(body: string, used: ReadonlySet<string>): string {
  let id = derivePolicyId(body);
  for (let again = 2; used.has(id); again += 1) id = derivePolicyId(`${again}\r\n${body}`);
  return id;
}
