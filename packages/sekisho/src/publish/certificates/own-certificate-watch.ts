import type { Domain } from '@sekisho/spec';
import type { Clock } from '../../io/clock/index.ts';
import type { PublishStore } from '../store/index.ts';
import type { CertificateEvents } from './certificate-events.ts';
import { freshState } from './maintain-certificate.ts';
import type { OwnCertificates } from './own-certificates.ts';

const EVERY_MS = 30_000;
const DAY_MS = 86_400_000;

/** Looks at the operator's own files now and then, and takes over what has changed without a restart. */
export interface OwnCertificateWatch {
  /** All of them, at most every thirty seconds, however often it is called. */
  lookAtAll(): Promise<void>;
  look(domain: Domain): Promise<void>;
}

export function createOwnCertificateWatch(options: {
  readonly own: OwnCertificates;
  readonly store: PublishStore;
  readonly clock: Clock;
  readonly events: CertificateEvents;
  readonly changed: (domain: Domain) => void;
}): OwnCertificateWatch {
  const { own, store, clock, events, changed } = options;
  let lastMs = -Infinity;

  const look = async (domain: Domain): Promise<void> => {
    const outcome = await own.look(domain);
    const state = (await store.getCertificate(domain)) ?? freshState(domain, clock.now());
    const nextAttemptAtMs = clock.now() + DAY_MS;
    if (outcome.kind === 'unchanged') {
      if (state.nextAttemptAtMs <= clock.now())
        await store.putCertificate({ ...state, nextAttemptAtMs });
    } else if (outcome.kind === 'bad') {
      // The files are looked at again when they change; there is nothing to try.
      await store.putCertificate({ ...(await events.failed(state, outcome)), nextAttemptAtMs });
    } else {
      const { notBeforeMs, notAfterMs } = outcome;
      await events.obtained(
        { domain, notBeforeMs, notAfterMs, failures: 0, nextAttemptAtMs },
        {
          code: 'certificate-loaded',
          message: `The certificate was loaded from its files; it ends on ${new Date(notAfterMs).toISOString()}`,
        },
      );
      changed(domain);
    }
  };
  return {
    look,
    async lookAtAll() {
      if (Math.abs(clock.now() - lastMs) < EVERY_MS) return;
      lastMs = clock.now();
      for (const domain of own.domains()) await look(domain);
    },
  };
}
