import type { SecureContext } from 'node:tls';
import type { Domain } from '@sekisho/spec';
import type { Clock } from '../../io/clock/index.ts';
import type { PemPair } from '../../io/key-files/index.ts';
import type { Log } from '../../io/log/index.ts';
import type { CertificateBook } from './books.ts';
import { createRecent } from './recent.ts';
import { makeSecureContext, releaseSecureContext } from './secure-context.ts';
import { createTicketKeys } from './ticket-keys.ts';

export interface CertificateBookOptions {
  /** Reads key and chain from their files; undefined for a domain that has none. */
  readonly load: (domain: Domain) => Promise<PemPair | undefined>;
  readonly clock: Clock;
  readonly log: Log;
  /** Certificates ready to be shown, about 40 KB each. Default 5,000. */
  readonly mostReady?: number;
  /** Certificates as their files say, about 3 KB each, which saves reading these again. Default 20,000. */
  readonly mostTexts?: number;
  /** How long a domain without a usable certificate is not looked for again, unless forgotten before. Default 5,000. */
  readonly missMs?: number;
}

interface Ready {
  readonly context: SecureContext;
  /** Of its ticket keys. */
  readonly period: number;
}

type Use = (context: SecureContext | undefined) => void;

const MOST_MISSES = 10_000;

/** Loads each certificate when its name is first asked for, so that a start takes no longer with more domains. */
export function createCertificateBook(options: CertificateBookOptions): CertificateBook {
  const { load, clock, log, mostReady = 5000, mostTexts = 20_000, missMs = 5000 } = options;
  const ticketKeys = createTicketKeys(clock);
  const ready = createRecent<Domain, Ready>(mostReady, ({ context }) =>
    releaseSecureContext(context),
  );
  const texts = createRecent<Domain, PemPair>(mostTexts);
  const missedAtMs = createRecent<Domain, number>(MOST_MISSES);
  const waiting = new Map<Domain, Use[]>();

  const prepare = (domain: Domain, pair: PemPair): SecureContext | undefined => {
    try {
      const period = ticketKeys.period();
      const context = makeSecureContext(pair, ticketKeys.keyFor(domain));
      ready.set(domain, { context, period });
      texts.set(domain, pair);
      return context;
    } catch (error) {
      return giveUp(domain, error);
    }
  };

  const giveUp = (domain: Domain, error?: unknown): undefined => {
    missedAtMs.set(domain, clock.now());
    if (error !== undefined) log.error('certificate cannot be used', { domain, error });
    return undefined;
  };

  const isMissing = (domain: Domain): boolean => {
    const missed = missedAtMs.get(domain);
    return missed !== undefined && Math.abs(clock.now() - missed) < missMs;
  };

  /** Whoever asks meanwhile waits for the same. What was forgotten meanwhile serves them, and is not remembered. */
  const fetch = async (domain: Domain, users: readonly Use[]): Promise<void> => {
    const pair = await load(domain).catch((error: unknown) => giveUp(domain, error));
    const context = pair && prepare(domain, pair);
    if (pair === undefined) giveUp(domain);
    for (const use of users) use(context);
    if (waiting.get(domain) === users) waiting.delete(domain);
    else drop(domain);
  };

  const drop = (domain: Domain): void => {
    ready.delete(domain);
    texts.delete(domain);
    missedAtMs.delete(domain);
  };

  return {
    lend(domain, use) {
      const known = ready.get(domain);
      if (known !== undefined && known.period === ticketKeys.period()) return use(known.context);
      const text = texts.get(domain);
      if (text !== undefined) return use(prepare(domain, text));
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
