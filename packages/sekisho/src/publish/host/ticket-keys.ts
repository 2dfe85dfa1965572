import { createHmac, randomBytes } from 'node:crypto';
import type { Clock } from '../../io/clock/index.ts';

/** Keys of session tickets, which live in memory alone: a stolen disk opens no recorded connection. */
export interface TicketKeys {
  /** Changes when new keys begin to count; contexts of an earlier period are to be made anew. */
  period(): number;
  /** The 48 bytes that Node wants, another for each name: a session of one host cannot be resumed at another. */
  keyFor(hostName: string): Buffer;
}

const KEY_BYTES = 48;
const SECRET_BYTES = 32;

/** @param lifeMs how long one secret is used. Default 12 hours. */
export function createTicketKeys(clock: Clock, lifeMs = 43_200_000): TicketKeys {
  let secret = randomBytes(SECRET_BYTES);
  let bornMs = clock.now();
  let period = 0;
  const renew = (): number => {
    // A clock that was set back is no reason to keep a secret for long.
    if (Math.abs(clock.now() - bornMs) >= lifeMs) {
      secret = randomBytes(SECRET_BYTES);
      bornMs = clock.now();
      period += 1;
    }
    return period;
  };
  return {
    period: renew,
    keyFor: (hostName) =>
      createHmac('sha512', secret).update(hostName).digest().subarray(0, KEY_BYTES),
  };
}
