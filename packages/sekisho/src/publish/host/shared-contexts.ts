import { randomBytes } from 'node:crypto';
import type { SecureContext } from 'node:tls';
import type { Clock } from '../../io/clock/index.ts';
import { makeTls12Context, makeTls13Context } from './secure-context.ts';

/** What the connections of all hosts begin with; the certificate comes in when OpenSSL needs it. */
export interface SharedContexts {
  /** @param offersTls13 whether the client does, which then is the version that is spoken. */
  contextFor(offersTls13: boolean): SecureContext;
}

const TICKET_KEY_BYTES = 48;

/**
 * A session that is resumed needs no certificate, so the tickets of all hosts are of the same keys; with TLS 1.3 the
 * name is told anew each time and belongs to no session (RFC 8446 §4.6.1). The keys live in memory alone: a stolen disk
 * opens no recorded connection.
 *
 * @param keysLifeMs how long the same keys are used. Default 12 hours.
 */
export function createSharedContexts(clock: Clock, keysLifeMs = 43_200_000): SharedContexts {
  const renew = () => ({
    context: makeTls13Context(randomBytes(TICKET_KEY_BYTES)),
    sinceMs: clock.now(),
  });
  const tls12 = makeTls12Context();
  let tls13 = renew();
  return {
    contextFor(offersTls13) {
      if (!offersTls13) return tls12;
      // A clock that was set back is no reason to keep keys for long.
      if (Math.abs(clock.now() - tls13.sinceMs) >= keysLifeMs) tls13 = renew();
      return tls13.context;
    },
  };
}
