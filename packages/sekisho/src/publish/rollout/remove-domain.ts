import { type Domain, stsRecordName } from '@sekisho/spec';
import { judgeLookup } from '../../io/authorities/index.ts';
import { escapeText } from '../../io/log/index.ts';
import { mayGoAtMs } from '../migration/index.ts';
import { endDomain } from './change-state.ts';
import { judgeOrder, liftObjections, refuse } from './objections.ts';
import type { Objection, Order, OrderOutcome } from './rollout.ts';
import { recordEvent, type RolloutContext } from './rollout-context.ts';
import { isStsRecordText, removeRecord } from './sts-record.ts';

/**
 * Ends a domain: first its TXT record, then its policy (RFC 8461 §8.3). Refused while a sender may hold a policy that was
 * served, and while servers show the record. The caller holds the domain's lock.
 */
export async function removeDomain(
  context: RolloutContext,
  domain: Domain,
  order: Order,
): Promise<OrderOutcome> {
  const { store, clock, log, observe, servedChanged } = context;
  const faults = judgeOrder(order);
  if (faults.length > 0) return refuse(context, domain, faults);
  const found = await store.getDomain(domain);
  if (found === undefined) return { kind: 'unknown-domain' };
  const early = endDomain(found, clock.now());
  if (early.kind === 'busy') return early;
  const untilMs = mayGoAtMs(found, await store.listVersions(domain));
  const waiting = liftObjections(untilMs > clock.now() ? [tooEarly(untilMs)] : [], order);
  if (waiting.remaining.length > 0) return refuse(context, domain, waiting.remaining);
  const record = liftObjections(await takeRecordAway(context, domain), order);
  if (record.remaining.length > 0) return refuse(context, domain, record.remaining);
  // It was served until now, while the DNS was asked.
  const ended = endDomain(found, clock.now());
  if (ended.kind === 'busy') return ended;
  const isDone = await store.removeDomain(found, ended.marks);
  if (!isDone) throw new Error(`Cannot remove ${domain}: another process changes it now`);
  servedChanged(domain);
  observe({ kind: 'removed', domain });
  const lifted = [...waiting.overridden, ...record.overridden].join(', ');
  const why = lifted === '' ? '' : ` Overridden: ${lifted}: ${escapeText(order.reason ?? '')}`;
  const message = `The domain is removed; its policy is served no more.${why}`;
  const by = escapeText(order.by);
  log.info('a domain was removed', { domain, by });
  await recordEvent(context, domain, { code: 'domain-removed', by, message });
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
async function takeRecordAway(
  context: RolloutContext,
  domain: Domain,
): Promise<readonly Objection[]> {
  const { authorities, signal } = context;
  await removeRecord(context, domain, undefined);
  const name = stsRecordName(domain);
  const lookup = await authorities.lookupTxt(name, { signal });
  // A domain that is gone from the DNS altogether has no record.
  if (lookup.kind === 'failure') return [];
  const verdict = judgeLookup(lookup.answers, ({ records }) => !records.some(isStsRecordText));
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
