import { reasonsAgainst } from '../available.ts';
import { FAKETIME_LIBRARY } from '../publish/world/driven-clock.ts';
import { findMirrors } from '../world/debian-mirrors.ts';
import { DEBIAN_13, hasDebianRoot } from '../world/debian-root.ts';
import { hasReportingPostfix } from './world/reporting-postfix.ts';

/** Why the closed world with a Postfix that tells of its sessions cannot be built here; empty when it can. */
export function reasonsAgainstReporting(): string[] {
  const reasons = reasonsAgainst();
  if (reasons.length > 0) return reasons;
  if (FAKETIME_LIBRARY === undefined) {
    return ['missing package: libfaketime (apt-get install faketime)'];
  }
  if (hasReportingPostfix() || hasDebianRoot(DEBIAN_13)) return [];
  const lacking = reasonsAgainst({ debootstrap: 'debootstrap' });
  if (lacking.length > 0) return lacking;
  return findMirrors().length > 0 ? [] : ['no Debian mirror among the sources of apt'];
}
