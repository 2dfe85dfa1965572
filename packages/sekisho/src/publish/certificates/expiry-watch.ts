import type { Clock } from '../../io/clock/index.ts';
import type { Log } from '../../io/log/index.ts';
import type { AlertState } from '../../alert/index.ts';
import type { PublishAlertSink } from '../alerts/index.ts';
import type { CertificateState, PublishStore } from '../store/index.ts';
import type { ObserveCertificate } from './observation.ts';

const DAY_MS = 86_400_000;
const EVERY_MS = 600_000;
const MOST_CERTIFICATES = 100_000;
/** Least first. */
const DAYS = [0, 1, 3, 7, 14] as const;
/** From here on mail is soon sent without the policy. */
const SEVERE_DAYS = 3;

/** Raises an alert when a certificate comes to its end: 14, 7, 3 and 1 days before, and when it has ended. */
export interface ExpiryWatch {
  /** Looks at most every ten minutes, however often it is called. */
  look(): Promise<void>;
}

interface Ending {
  readonly state: CertificateState;
  /** The least threshold that has been reached. */
  readonly days: number;
}

export function createExpiryWatch(options: {
  readonly store: PublishStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly alerts: PublishAlertSink;
  readonly observe: ObserveCertificate;
}): ExpiryWatch {
  const { store, clock, log, alerts, observe } = options;
  let nextLookMs = 0;

  /** The history has each threshold once. */
  const record = async (news: AlertState): Promise<void> => {
    const { code, kind, severity, subject, message } = news;
    const domain = subject.domain as CertificateState['domain'];
    if (kind !== 'raised' && kind !== 'changed') return;
    log[severity === 'error' ? 'error' : 'warn']('certificate comes to its end', {
      domain,
      message,
    });
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
      const over = alerts.standing().filter(
        ({ code, subject }) =>
          code === 'certificate-ends' &&
          // One whose end is not known may have been lost.
          !states.some(
            ({ domain, notAfterMs }) => domain === subject.domain && notAfterMs === undefined,
          ),
      );
      const news = alerts.note({
        alerts: ending.map(toAlert),
        over: over.map(({ code, subject }) => ({ code, subject, message: OVER })),
      });
      for (const one of news) await record(one);
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

const OVER =
  'The certificate of the policy host was renewed, or the domain is not published any more.';

function toAlert({ state, days }: Ending) {
  const { domain, notAfterMs = 0, problem } = state;
  const end = new Date(notAfterMs).toISOString();
  const because = problem === undefined ? '' : ` Last problem: ${problem.message}`;
  const message =
    days === 0
      ? `The certificate of the policy host of ${domain} ended on ${end}; senders cannot fetch the policy.${because}`
      : `The certificate of the policy host of ${domain} ends on ${end} and has not been renewed.${because}`;
  return {
    code: 'certificate-ends',
    subject: { domain },
    severity: days <= SEVERE_DAYS ? 'error' : 'warning',
    message,
    remedy:
      problem?.remedy ??
      `See "sekisho publish certificates" for why it was not renewed, and try "sekisho publish certificates --renew ${domain}".`,
    aspects: [`${String(days)} days`],
  } as const;
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
