import type { Domain } from '@sekisho/spec';
import type { Clock } from '../../io/clock/index.ts';
import type { PublishStore } from '../store/index.ts';
import { freshState } from './attend.ts';
import type { Chronicle } from './chronicle.ts';
import type { OwnCertificates } from './own-certificates.ts';

const EVERY_MS = 30_000;
const DAY_MS = 86_400_000;

/** Looks at the operator's own files now and then, and takes over what has changed without a restart. */
export interface OwnRounds {
  /** All of them, at most every thirty seconds, however often it is called. */
  lookAtAll(): Promise<void>;
  look(domain: Domain): Promise<void>;
}

export function createOwnRounds(options: {
  readonly own: OwnCertificates;
  readonly store: PublishStore;
  readonly clock: Clock;
  readonly chronicle: Chronicle;
  readonly changed: (domain: Domain) => void;
}): OwnRounds {
  const { own, store, clock, chronicle, changed } = options;
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
      await store.putCertificate({ ...(await chronicle.failed(state, outcome)), nextAttemptAtMs });
    } else {
      const { notBeforeMs, notAfterMs } = outcome;
      await chronicle.good(
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
