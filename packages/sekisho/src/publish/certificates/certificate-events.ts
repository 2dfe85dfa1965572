import type { Domain } from '@sekisho/spec';
import type { Clock } from '../../io/clock/index.ts';
import type { Log } from '../../io/log/index.ts';
import type { CertificateState, Problem, PublishStore } from '../store/index.ts';
import type { PublishAlertSink } from '../alerts/index.ts';
import { backOffMs } from './back-off.ts';
import type { ObserveCertificate } from './observation.ts';
import { remedyFor } from './remedy.ts';

/** What went wrong, before it is written down. */
export interface Mishap {
  readonly code: string;
  /** One sentence, escaped. */
  readonly message: string;
  readonly retryAfterMs?: number | undefined;
}

/** Writes down what became of a domain's certificate: state, event, log, alert, metric. */
export interface CertificateEvents {
  problem(mishap: Mishap): Problem;
  failed(state: CertificateState, mishap: Mishap): Promise<CertificateState>;
  /** @param event kebab-case, such as `certificate-issued`. */
  obtained(
    state: CertificateState,
    event: { readonly code: string; readonly message: string },
  ): Promise<void>;
  /** The domain has no certificate here any more. */
  removed(domain: Domain): void;
}

export interface CertificateEventsOptions {
  readonly store: PublishStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly alerts: PublishAlertSink;
  readonly observe: ObserveCertificate;
  /** From 0 to 1. */
  readonly chance: () => number;
}

export function createCertificateEvents(options: CertificateEventsOptions): CertificateEvents {
  const { store, clock, log, alerts, observe, chance } = options;
  const recordEvent = (domain: Domain, code: string, message: string): Promise<void> =>
    store.recordEvent({ domain, atMs: clock.now(), code, by: 'sekisho', message });
  const problem = ({ code, message }: Mishap): Problem => ({
    code,
    message,
    remedy: remedyFor(code),
    atMs: clock.now(),
  });
  const end = (domain: Domain, message: string): boolean =>
    alerts.end({ code: 'certificate-not-obtained', subject: { domain }, message });
  return {
    problem,
    async failed(state, mishap) {
      const { code, message, retryAfterMs } = mishap;
      // A new kind of failure begins at the short pause again: it is another matter.
      const failures = 1 + (isSameMatter(state, code) ? state.failures : 0);
      const waitMs = backOffMs(failures, { code, retryAfterMs, chance: chance() });
      const next = {
        ...state,
        failures,
        problem: problem(mishap),
        nextAttemptAtMs: clock.now() + waitMs,
      };
      await store.putCertificate(next);
      log.warn('no certificate could be had', {
        domain: state.domain,
        code,
        message,
        nextAttempt: new Date(next.nextAttemptAtMs).toISOString(),
      });
      alerts.raise({
        code: 'certificate-not-obtained',
        subject: { domain: state.domain },
        severity: 'warning',
        message: `The policy host of ${state.domain} gets no certificate: ${message}`,
        remedy: remedyFor(code),
        aspects: [code],
      });
      if (state.problem?.code !== code)
        await recordEvent(state.domain, 'certificate-failed', message);
      observe({ kind: 'failed', domain: state.domain, code });
      return next;
    },
    async obtained(state, { code, message }) {
      await store.putCertificate(state);
      log.info('a certificate is in place', { domain: state.domain, message });
      await recordEvent(state.domain, code, message);
      end(state.domain, message);
      observe({ kind: 'obtained', domain: state.domain });
    },
    removed: (domain) => end(domain, 'The domain is not published any more.'),
  };
}

/** The self-check costs the authority nothing; what it found says nothing about how often the authority was asked. */
function isSameMatter({ problem }: CertificateState, code: string): boolean {
  return (problem?.code === 'not-pointing-here') === (code === 'not-pointing-here');
}
