import { createHash } from 'node:crypto';
import type { SecureContext } from 'node:tls';
import type { Domain } from '@sekisho/spec';
import type { Clock } from '../../io/clock/index.ts';
import { type PemPair, releaseSecureContext } from '../../io/key-files/index.ts';
import { escapeText, type Log } from '../../io/log/index.ts';
import { NO_ALERTS, type PublishAlertSink } from '../alerts/index.ts';
import type { CertificateBook } from './books.ts';
import { createRecent } from './recent.ts';
import { createCertificateContext } from './tls-contexts.ts';

export interface CertificateBookOptions {
  /** Reads key and chain from their files; undefined for a domain that has none. */
  readonly load: (domain: Domain) => Promise<PemPair | undefined>;
  readonly clock: Clock;
  readonly log: Log;
  /** Default: nobody is told. */
  readonly alerts?: PublishAlertSink;
  /** Certificates ready to be shown, about 40 KB each. Default 4,000. */
  readonly mostReady?: number;
  /** Certificates as their files say, about 3 KB each, which saves reading these again. Default 20,000. */
  readonly mostLoaded?: number;
  /** How long a domain without a usable certificate is not looked for again, unless forgotten before. Default 5,000. */
  readonly missMs?: number;
}

type Use = (certificate: SecureContext | undefined) => void;

interface LoadedPair {
  readonly pair: PemPair;
  /** Domains with the same certificate share what is ready of it. */
  readonly digest: string;
}

const MOST_MISSES = 10_000;

/**
 * Loads each certificate when its name is first asked for, so that a start takes no longer with more domains. What is
 * asked for rarely is kept as text, and made ready again for each who asks.
 */
export function createCertificateBook(options: CertificateBookOptions): CertificateBook {
  const { load, clock, log, mostReady = 4000, mostLoaded = 20_000, missMs = 5000 } = options;
  const { alerts = NO_ALERTS } = options;
  const ready = createRecent<string, SecureContext>(mostReady, releaseSecureContext);
  const loaded = createRecent<Domain, LoadedPair>(mostLoaded);
  const missedAtMs = createRecent<Domain, number>(MOST_MISSES);
  const waiting = new Map<Domain, Use[]>();

  /** What was lent before may be released by this. */
  const makeReady = (domain: Domain, { pair, digest }: LoadedPair): SecureContext | undefined => {
    const known = ready.get(digest);
    if (known !== undefined) return known;
    try {
      const context = createCertificateContext(pair);
      ready.set(digest, context);
      alerts.end({ ...unusable(domain), message: 'The certificate can be used.' });
      return context;
    } catch (error) {
      return giveUp(domain, error);
    }
  };

  const giveUp = (domain: Domain, error?: unknown): undefined => {
    loaded.delete(domain);
    missedAtMs.set(domain, clock.now());
    if (error === undefined) return;
    alerts.raise({
      ...unusable(domain),
      severity: 'error',
      message: `The certificate of the policy host of ${domain} cannot be used: ${escapeText((error as Error).message)}`,
      remedy: 'See "sekisho publish certificates"; a new one comes with "--renew DOMAIN".',
    });
    log.error('certificate cannot be used', { domain, error });
  };

  const loadPair = async (domain: Domain): Promise<LoadedPair | undefined> => {
    try {
      const pair = await load(domain);
      return pair === undefined ? giveUp(domain) : { pair, digest: digestOf(pair) };
    } catch (error) {
      return giveUp(domain, error);
    }
  };

  const isMissing = (domain: Domain): boolean => {
    const missed = missedAtMs.get(domain);
    return missed !== undefined && Math.abs(clock.now() - missed) < missMs;
  };

  /** Whoever asks meanwhile waits for the same. What was forgotten meanwhile serves them, and is not remembered. */
  const fetch = async (domain: Domain, users: readonly Use[]): Promise<void> => {
    const pair = await loadPair(domain);
    if (pair !== undefined) loaded.set(domain, pair);
    // Lent in the same turn as it is made ready, so that nothing can release it in between.
    const certificate = pair && makeReady(domain, pair);
    for (const use of users) use(certificate);
    if (waiting.get(domain) === users) waiting.delete(domain);
    else drop(domain);
  };

  const drop = (domain: Domain): void => {
    loaded.delete(domain);
    missedAtMs.delete(domain);
  };

  return {
    lend(domain, use) {
      const known = loaded.get(domain);
      if (known !== undefined) return use(makeReady(domain, known));
      if (isMissing(domain)) return use(undefined);
      const users = waiting.get(domain);
      if (users !== undefined) return void users.push(use);
      const first = [use];
      waiting.set(domain, first);
      return void fetch(domain, first);
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
