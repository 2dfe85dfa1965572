import type { Domain } from '@sekisho/spec';
import type { Clock } from '../../io/clock/index.ts';
import type { Log } from '../../io/log/index.ts';
import type { PublishAlertSink } from '../alerts/index.ts';
import type { CertificateState, Problem, PublishStore } from '../store/index.ts';
import { backOffMs, type CertificateProblemCode } from './back-off.ts';
import type { ObserveCertificate } from './observation.ts';

/** What went wrong, before it is written down. */
interface Mishap {
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

interface CertificateEventsOptions {
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

const REMEDIES: Readonly<Record<string, string>> = {
  unreachable: 'Check the network and acme.directory; it is tried again by itself.',
  timeout: 'Wait: it is tried again by itself.',
  tls: 'Check acme.caFile and the clock of this machine.',
  malformed: 'Check that acme.directory is the URL of an ACME directory (RFC 8555).',
  'rate-limited': 'Wait: it is tried again when the authority allows it.',
  'terms-not-accepted': 'Read the terms and set acme.acceptTerms.',
  'external-account': 'Set acme.eabKeyId and acme.eabKeyFile to what the authority gave you.',
  'validation-failed': 'Let ports 80 and 443 of the policy host be reached from everywhere.',
  'name-refused':
    'Check the CAA records of the domain, and that the authority certifies such names.',
  server: 'Wait: it is tried again by itself.',
  'not-pointing-here': 'Let the name lead to this machine; "sekisho dns DOMAIN" shows the records.',
  'acme-off': 'Set acme.directory, or certificateFile and keyFile of the domain.',
  'no-challenge': 'Set acme.challenges to kinds that the authority offers.',
  'files-unwritable': 'Give the user of this process the right to write in stateDirectory.',
  'files-unreadable': 'Give the user of this process the right to read the file.',
  'certificate-expired': 'Put a certificate in place that is valid now.',
  'certificate-not-yet-valid': 'Check the clock of this machine.',
  'certificate-name':
    'Put a certificate in place whose subjectAltName holds the name of the policy host.',
  'certificate-unreadable': 'Put a PEM file in place: the certificate first, then its chain.',
  'key-unreadable': 'Put a PEM file in place with a private key and without a passphrase.',
  'key-mismatch': 'Put a key and a certificate in place that belong together.',
  'no-policy-host': 'The domain is too long for a policy host; it cannot have a policy.',
};

/** What the operator can do about a problem, in one sentence. */
function remedyFor(code: CertificateProblemCode): string {
  return (
    REMEDIES[code] ??
    'See what the authority says, and try "sekisho publish certificates --renew DOMAIN".'
  );
}
