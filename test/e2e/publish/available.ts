import { reasonsAgainst } from '../available.ts';
import { FAKETIME_LIBRARY } from './world/driven-clock.ts';

/** Programs that a publisher's world starts beside those of the sender's, with the Debian package of each. */
const PROGRAMS: Readonly<Record<string, string>> = { pebble: 'pebble', named: 'bind9' };

/** Why the closed world with a publisher cannot be built here; empty when it can. */
export function reasonsAgainstPublishing(): string[] {
  const reasons = reasonsAgainst(PROGRAMS);
  if (reasons.length > 0 || FAKETIME_LIBRARY !== undefined) return reasons;
  return ['missing package: libfaketime (apt-get install faketime)'];
}
