import type { Domain } from '@sekisho/spec';
import type { Clock } from '../../io/clock/index.ts';
import type { Log } from '../../io/log/index.ts';
import type { CertificateState, Problem, PublishStore } from '../store/index.ts';
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

/** Writes down what became of a domain's certificate: state, event, log, metric. */
export interface Chronicle {
  problem(mishap: Mishap): Problem;
  failed(state: CertificateState, mishap: Mishap): Promise<CertificateState>;
  /** @param event kebab-case, such as `certificate-issued`. */
  good(
    state: CertificateState,
    event: { readonly code: string; readonly message: string },
  ): Promise<void>;
}

export interface ChronicleOptions {
  readonly store: PublishStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly observe: ObserveCertificate;
  /** From 0 to 1. */
  readonly chance: () => number;
}

export function createChronicle(options: ChronicleOptions): Chronicle {
  const { store, clock, log, observe, chance } = options;
  const recordEvent = (domain: Domain, code: string, message: string): Promise<void> =>
    store.recordEvent({ domain, atMs: clock.now(), code, by: 'sekisho', message });
  const problem = ({ code, message }: Mishap): Problem => ({
    code,
    message,
    remedy: remedyFor(code),
    atMs: clock.now(),
  });
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
      if (state.problem?.code !== code)
        await recordEvent(state.domain, 'certificate-failed', message);
      observe({ kind: 'failed', domain: state.domain, code });
      return next;
    },
    async good(state, { code, message }) {
      await store.putCertificate(state);
      log.info('a certificate is in place', { domain: state.domain, message });
      await recordEvent(state.domain, code, message);
      observe({ kind: 'obtained', domain: state.domain });
    },
  };
}

/** The self-check costs the authority nothing; what it found says nothing about how often the authority was asked. */
function isSameMatter({ problem }: CertificateState, code: string): boolean {
  return (problem?.code === 'not-pointing-here') === (code === 'not-pointing-here');
}
