import type { DiscoveryFailure, StsMode } from '@sekisho/spec';
import type { Clock } from '../io/clock/index.ts';
import type { Log } from '../io/log/index.ts';
import type { StoredPolicy } from './store/index.ts';
import { alertLevel } from './alert.ts';
import type { Observe } from './events.ts';
import type { Round } from './round.ts';

/** Tells the log, and whoever counts, what became of a policy. */
export interface Narrator {
  /** A policy was fetched; `former` is what was kept before. */
  fetched(policy: StoredPolicy, former: StoredPolicy | undefined): void;
  /** A fetch failed while `policy` is in force (RFC 8461 §3.3, §10.2). */
  refreshFailed(policy: StoredPolicy, mode: StsMode, round: Round, count: number): void;
  /** The record could not be used while `policy` is in force; `known` if that was said before. */
  checkFailed(
    policy: StoredPolicy,
    mode: StsMode,
    because: DiscoveryFailure['because'],
    known: boolean,
  ): void;
  /** Nothing is in force: the announced policy could not be had, or what was kept has expired. */
  unprotected(round: Round, expired: StoredPolicy | undefined): void;
  storeFailed(action: string, error: unknown): void;
}

export function createNarrator(log: Log, observe: Observe, clock: Clock): Narrator {
  const about = (policy: StoredPolicy) => ({
    domain: policy.policyDomain,
    id: policy.id,
    expires: new Date(policy.expiresAtMs).toISOString(),
  });
  return {
    fetched(policy, former) {
      if (former === undefined) log.info('policy learnt', about(policy));
      else if (former.id !== policy.id || former.body !== policy.body)
        log.info('policy changed', { ...about(policy), formerId: former.id });
      else log.debug('policy confirmed', about(policy));
    },
    refreshFailed(policy, mode, { fetch, fetchCode: code = 'network' }, count) {
      observe({ kind: 'refresh-failed', code });
      const remainingMs = policy.expiresAtMs - clock.now();
      const lifetimeMs = policy.expiresAtMs - policy.fetchedAtMs;
      const level = alertLevel({ mode, count, remainingMs, lifetimeMs });
      const detail = fetch?.kind === 'failure' ? { detail: fetch.message } : {};
      const fields = { ...about(policy), code, failures: count, ...detail };
      log[level]('policy could not be refreshed; the cached one stays in force', fields);
    },
    checkFailed(policy, mode, because, known) {
      observe({ kind: 'check-failed', because });
      const level = mode === 'none' || known ? 'debug' : 'warn';
      log[level]('record could not be used; the cached policy stays in force', {
        ...about(policy),
        because,
      });
    },
    unprotected({ policyDomain, decision, dns, fetch, fetchCode }, expired) {
      if (decision.kind === 'policy') return;
      const because = dns.kind === 'failure' ? dns.code : decision.because;
      const detail = fetch?.kind === 'failure' ? fetch : dns.kind === 'failure' ? dns : undefined;
      const fields = {
        domain: policyDomain,
        because,
        ...(fetchCode === undefined ? {} : { code: fetchCode }),
        ...(detail === undefined ? {} : { detail: detail.message }),
      };
      if (expired !== undefined)
        log.error('policy expired; mail goes as without one', { ...about(expired), ...fields });
      else if (decision.kind === 'uncertain')
        log.warn('record could not be looked up, and nothing is kept', fields);
      else if (fetchCode !== undefined)
        log.info('policy could not be had; mail goes as without one', fields);
    },
    storeFailed(action, error) {
      observe({ kind: 'store-failed' });
      log.error(action, { error });
    },
  };
}
