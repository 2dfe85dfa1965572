import { createHash } from 'node:crypto';
import type { Domain } from '@sekisho/spec';
import type { Clock } from '../../io/clock/index.ts';
import type { PemPair } from '../../io/key-files/index.ts';
import { escapeText, type Log } from '../../io/log/index.ts';
import type { ServerTls, TlsCertificate } from '../../io/tls/index.ts';
import { NO_ALERTS, type PublishAlertSink } from '../alerts/index.ts';
import type { CertificateBook } from './books.ts';
import { createRecent } from './recent.ts';

export interface CertificateBookOptions {
  readonly tls: Pick<ServerTls, 'prepare'>;
  /** Reads key and chain from their files; undefined for a domain that has none. */
  readonly load: (domain: Domain) => Promise<PemPair | undefined>;
  readonly clock: Clock;
  readonly log: Log;
  /** Default: nobody is told. */
  readonly alerts?: PublishAlertSink;
  /** Domains whose certificate is ready to be shown, which takes about 12 KB each. Default 20,000. */
  readonly mostReady?: number;
  /** How long a domain without a usable certificate is not looked for again, unless forgotten before. Default 5,000. */
  readonly missMs?: number;
}

type Use = (certificate: TlsCertificate | undefined) => void;

/** A certificate and how many domains have it. */
interface Shared {
  readonly digest: string;
  readonly certificate: TlsCertificate;
  domains: number;
}

const MOST_MISSES = 10_000;

/**
 * Loads each certificate when its name is first asked for, so that a start takes no longer with more domains. Domains
 * with the same certificate share what is ready of it.
 */
export function createCertificateBook(options: CertificateBookOptions): CertificateBook {
  const { alerts = NO_ALERTS } = options;
  const { tls, load, clock, log, mostReady = 20_000, missMs = 5000 } = options;
  const byDigest = new Map<string, Shared>();
  const ready = createRecent<Domain, Shared>(mostReady, (shared) => {
    shared.domains -= 1;
    if (shared.domains > 0) return;
    byDigest.delete(shared.digest);
    shared.certificate.release();
  });
  const missedAtMs = createRecent<Domain, number>(MOST_MISSES);
  const waiting = new Map<Domain, Use[]>();

  /** @throws {Error} what is wrong with the pair. */
  const makeReady = (domain: Domain, pair: PemPair): TlsCertificate => {
    const digest = digestOf(pair);
    const shared = byDigest.get(digest) ?? { digest, certificate: tls.prepare(pair), domains: 0 };
    shared.domains += 1;
    byDigest.set(digest, shared);
    ready.set(domain, shared);
    return shared.certificate;
  };

  const prepare = async (domain: Domain): Promise<TlsCertificate | undefined> => {
    try {
      const pair = await load(domain);
      if (pair !== undefined) {
        const certificate = makeReady(domain, pair);
        alerts.end({ ...unusable(domain), message: 'The certificate can be used.' });
        return certificate;
      }
    } catch (error) {
      alerts.raise({
        ...unusable(domain),
        severity: 'error',
        message: `The certificate of the policy host of ${domain} cannot be used: ${escapeText((error as Error).message)}`,
        remedy: 'See "sekisho publish certificates"; a new one comes with "--renew DOMAIN".',
      });
      log.error('certificate cannot be used', { domain, error });
    }
    missedAtMs.set(domain, clock.now());
    return undefined;
  };

  const isMissing = (domain: Domain): boolean => {
    const missed = missedAtMs.get(domain);
    return missed !== undefined && Math.abs(clock.now() - missed) < missMs;
  };

  /** Whoever asks meanwhile waits for the same. What was forgotten meanwhile serves them, and is not remembered. */
  const fetch = async (domain: Domain, users: readonly Use[]): Promise<void> => {
    const certificate = await prepare(domain);
    for (const use of users) use(certificate);
    if (waiting.get(domain) === users) waiting.delete(domain);
    else drop(domain);
  };

  const drop = (domain: Domain): void => {
    ready.delete(domain);
    missedAtMs.delete(domain);
  };

  return {
    lend(domain, use) {
      const known = ready.get(domain);
      if (known !== undefined || isMissing(domain)) {
        use(known?.certificate);
        return true;
      }
      const users = waiting.get(domain);
      if (users !== undefined) users.push(use);
      else {
        const first = [use];
        waiting.set(domain, first);
        void fetch(domain, first);
      }
      return false;
    },
    forget(domain) {
      waiting.delete(domain);
      drop(domain);
    },
  };
}

function unusable(domain: Domain) {
  return { code: 'certificate-unusable', subject: { domain } } as const;
}

function digestOf({ keyPem, chainPem }: PemPair): string {
  return createHash('sha256').update(keyPem).update(chainPem).digest('base64url');
}
