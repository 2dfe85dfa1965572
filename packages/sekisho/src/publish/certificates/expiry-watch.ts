import type { Clock } from '../../io/clock/index.ts';
import type { Log } from '../../io/log/index.ts';
import type { CertificateState, PublishStore } from '../store/index.ts';
import type { ObserveCertificate } from './observation.ts';

const DAY_MS = 86_400_000;
const EVERY_MS = 600_000;
const MOST_CERTIFICATES = 100_000;
/** Least first. */
const DAYS = [0, 1, 3, 7, 14] as const;

/** Raises an alert when a certificate comes to its end: 14, 7, 3 and 1 days before, and when it is over. */
export interface ExpiryWatch {
  /** Looks at most every ten minutes, however often it is called. */
  look(): Promise<void>;
}

export function createExpiryWatch(options: {
  readonly store: PublishStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly observe: ObserveCertificate;
}): ExpiryWatch {
  const { store, clock, log, observe } = options;
  const told = new Set<string>();
  let nextLookMs = 0;

  const tell = async (state: CertificateState, days: number): Promise<void> => {
    const { domain, notAfterMs = 0 } = state;
    const code = days === 0 ? 'certificate-ended' : `certificate-ends-in-${days}-days`;
    const key = `${domain} ${notAfterMs} ${code}`;
    if (told.has(key)) return;
    told.add(key);
    if (await wasTold(store, state, code)) return;
    const end = new Date(notAfterMs).toISOString();
    const because = state.problem === undefined ? '' : ` Last problem: ${state.problem.message}`;
    const message =
      days === 0
        ? `The certificate of the policy host ended on ${end}; senders cannot fetch the policy.${because}`
        : `The certificate of the policy host ends on ${end} and has not been renewed.${because}`;
    log[days <= 3 ? 'error' : 'warn']('certificate comes to its end', { domain, end, code });
    await store.recordEvent({ domain, atMs: clock.now(), code, by: 'sekisho', message });
  };

  return {
    async look() {
      if (clock.now() < nextLookMs && nextLookMs - clock.now() <= EVERY_MS) return;
      nextLookMs = clock.now() + EVERY_MS;
      const states = await store.listCertificates(MOST_CERTIFICATES);
      const dated = states.filter(({ notAfterMs }) => notAfterMs !== undefined);
      const ending = dated.flatMap((state) => {
        const days = dueDays(state, clock.now());
        return days === undefined ? [] : [{ state, days }];
      });
      for (const { state, days } of ending) await tell(state, days);
      observe({
        kind: 'expiry',
        certificates: dated.length,
        missing: states.length - dated.length,
        ended: ending.filter(({ days }) => days === 0).length,
        ending: ending.filter(({ days }) => days > 0).length,
        soonestMs: Math.min(...dated.map(({ notAfterMs = Infinity }) => notAfterMs)),
      });
    },
  };
}

/**
 * The least threshold that has been reached. A certificate that lives shorter than the thresholds say is no alarm as long
 * as its renewal, at two thirds, is not overdue.
 */
function dueDays(state: CertificateState, nowMs: number): number | undefined {
  const { notBeforeMs = 0, notAfterMs = Infinity } = state;
  const leftMs = notAfterMs - nowMs;
  if (leftMs > 0 && leftMs > (notAfterMs - notBeforeMs) * 0.3) return undefined;
  return DAYS.find((days) => leftMs <= days * DAY_MS);
}

/** Also by a process before this one. */
async function wasTold(
  store: PublishStore,
  { domain, notBeforeMs = 0 }: CertificateState,
  code: string,
): Promise<boolean> {
  const events = await store.listEvents(domain);
  return events.some((event) => event.code === code && event.atMs >= notBeforeMs);
}
