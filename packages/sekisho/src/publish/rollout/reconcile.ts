import type { Domain } from '@sekisho/spec';
import type { Clock } from '../../io/clock/index.ts';
import type { Log } from '../../io/log/index.ts';
import type { PublishStore } from '../store/index.ts';
import { CONFIGURATION } from './judge-draft.ts';
import type { Objection, Order, OrderOutcome, PolicyWish, Rollout } from './rollout.ts';
import type { PublishAlertSink } from '../alerts/index.ts';
import { createLimit } from '../limit/index.ts';

/** One domain of the configuration. */
export interface Declaration {
  readonly domain: Domain;
  readonly wish: PolicyWish;
  readonly overrides?: readonly string[];
  readonly reason?: string;
}

/** What became of one declaration. */
export interface Reconciled {
  readonly domain: Domain;
  readonly outcome: OrderOutcome;
}

const AT_ONCE = 16;

/**
 * Brings domains to what the configuration declares, by the same rules as any order: what speaks against a declaration
 * is told, and the policy that is there stays. To be called at start, at every change of the configuration, and now and
 * then: gates open by themselves. What a person has ordered since the declaration was carried out stays, too.
 */
export async function reconcile(
  declared: readonly Declaration[],
  parts: {
    readonly rollout: Pick<Rollout, 'set'>;
    readonly store: PublishStore;
    readonly clock: Clock;
    readonly log: Log;
    readonly alerts: PublishAlertSink;
  },
): Promise<readonly Reconciled[]> {
  endUndeclared(declared, parts.alerts);
  const limit = createLimit(AT_ONCE);
  return Promise.all(
    declared.map(({ domain, wish, ...rest }) =>
      limit(async () => {
        const order: Order = { ...rest, by: CONFIGURATION };
        const outcome = await parts.rollout.set(domain, wish, order);
        if (outcome.kind === 'refused') await tell(parts, domain, outcome.objections);
        // A change that is under way may be another one.
        else if (outcome.kind !== 'busy') {
          const message = 'The configuration is carried out.';
          parts.alerts.end({ code: 'declaration-refused', subject: { domain }, message });
        }
        return { domain, outcome };
      }),
    ),
  );
}

function endUndeclared(declared: readonly Declaration[], alerts: PublishAlertSink): void {
  const names = new Set<string>(declared.map(({ domain }) => domain));
  const message = 'The configuration does not declare the domain any more.';
  for (const { code, subject } of alerts.standing())
    if (code === 'declaration-refused' && !names.has(subject.domain ?? ''))
      alerts.end({ code, subject, message });
}

/** Tells of a refusal once, not at each call; again when something else speaks against it. */
async function tell(
  { store, clock, log, alerts }: Parameters<typeof reconcile>[1],
  domain: Domain,
  objections: readonly Objection[],
): Promise<void> {
  const codes = objections.map(({ code }) => code);
  const code = 'declaration-refused';
  const message = `The configuration is not carried out (${codes.join(', ')}): ${objections.map((each) => each.message).join(' ')}`;
  const isNews = alerts.raise({
    code,
    subject: { domain },
    severity: 'warning',
    message,
    remedy: objections.map(({ remedy }) => remedy).join(' '),
    aspects: codes,
  });
  if (!isNews) return;
  log.warn('the configuration is not carried out; the policy that is there stays', {
    domain,
    codes: codes.join(', '),
    message,
  });
  await store.recordEvent({ domain, atMs: clock.now(), code, by: CONFIGURATION, message });
}
