import { type Domain, stsRecordName } from '@sekisho/spec';
import { judgeLookup } from '../../io/authorities/index.ts';
import { escapeText } from '../../io/log/index.ts';
import { removeRecord } from './announce-id.ts';
import { endDomain } from './change-state.ts';
import { recordEvent } from './chronicle.ts';
import { mayGoAtMs } from './lifetimes.ts';
import { judgeOrder, liftObjections } from './lift-objections.ts';
import { refuse } from './place-order.ts';
import type { Objection, Order, OrderOutcome } from './rollout.ts';
import type { Workshop } from './rollout-options.ts';

/**
 * Ends a domain: first its TXT record, then its policy (RFC 8461 §8.3). Refused while a sender may hold a policy that was
 * served, and while servers show the record. The caller holds the domain's lock.
 */
export async function removeDomain(
  workshop: Workshop,
  domain: Domain,
  order: Order,
): Promise<OrderOutcome> {
  const { store, clock, log, observe, servedChanged } = workshop;
  const faults = judgeOrder(order);
  if (faults.length > 0) return refuse(workshop, domain, faults);
  const found = await store.getDomain(domain);
  if (found === undefined) return { kind: 'unknown-domain' };
  const possible = endDomain(found, clock.now());
  if (possible.kind === 'busy') return possible;
  const untilMs = mayGoAtMs(found, await store.listVersions(domain));
  const early = liftObjections(untilMs > clock.now() ? [tooEarly(untilMs)] : [], order);
  if (early.remaining.length > 0) return refuse(workshop, domain, early.remaining);
  const record = liftObjections(await takeRecordAway(workshop, domain), order);
  if (record.remaining.length > 0) return refuse(workshop, domain, record.remaining);
  const ended = endDomain(found, clock.now());
  if (ended.kind === 'busy') return ended;
  const isDone = await store.removeDomain(found, ended.marks);
  if (!isDone) throw new Error(`Cannot remove ${domain}: another process changes it now`);
  servedChanged(domain);
  observe({ kind: 'removed', domain });
  const lifted = [...early.overridden, ...record.overridden].join(', ');
  const why = lifted === '' ? '' : ` Overridden: ${lifted}: ${escapeText(order.reason ?? '')}`;
  const message = `The domain is removed; its policy is served no more.${why}`;
  const by = escapeText(order.by);
  log.info('a domain was removed', { domain, by });
  await recordEvent(workshop, domain, { code: 'domain-removed', by, message });
  return { kind: 'done' };
}

function tooEarly(untilMs: number): Objection {
  const message = Number.isFinite(untilMs)
    ? `Until ${new Date(untilMs).toISOString()} senders may hold a policy that was served (RFC 8461 §8.3).`
    : 'The policy is still announced, and senders may hold it (RFC 8461 §8.3).';
  const remedy = Number.isFinite(untilMs)
    ? 'Wait until then.'
    : 'Order "sekisho publish leave" first, and wait until its date.';
  return { code: 'too-early', message, remedy, canOverride: true };
}

/** Only the servers' own word counts: an update may have been accepted by one, and the others follow. */
async function takeRecordAway(workshop: Workshop, domain: Domain): Promise<readonly Objection[]> {
  const { authorities, signal } = workshop;
  await removeRecord(workshop, domain, undefined);
  const name = stsRecordName(domain);
  const lookup = await authorities.lookupTxt(name, { signal });
  // A domain that is gone from the DNS altogether has no record.
  if (lookup.kind === 'failure') return [];
  const verdict = judgeLookup(lookup.answers, ({ records }) => !records.some(isStsRecord));
  if (verdict.kind === 'shown') return [];
  const unsure = verdict.kind === 'not-shown' ? verdict.by : verdict.silent;
  const servers = [...new Set(unsure.map(({ server }) => escapeText(server)))].join(', ');
  const does = verdict.kind === 'not-shown' ? 'still shows' : 'does not answer, and may show,';
  return [
    {
      code: 'txt-still-there',
      message: `${servers} ${does} the TXT record at ${escapeText(lookup.name)}; it must go before the policy host does.`,
      remedy: `Take the TXT record at ${name} out of the DNS, and try again.`,
      canOverride: true,
    },
  ];
}

function isStsRecord(text: string): boolean {
  return text.startsWith('v=STSv1');
}
