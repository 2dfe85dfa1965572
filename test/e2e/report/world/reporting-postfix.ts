import {
  installedPostfixVersion,
  isPostfixSince,
  type PostfixPrograms,
} from '../../world/postfix.ts';
import { tryRun } from '../../world/run.ts';
import { DEBIAN_13, provideDebianRoot } from '../../world/debian-root.ts';

/** Whether this machine's own Postfix tells of its TLS sessions: 3.10 or later, with libtlsrpt. */
export function hasReportingPostfix(): boolean {
  const isNew = isPostfixSince(installedPostfixVersion(), 3, 10);
  return isNew && tryRun(['ldconfig', '-p']).stdout.includes('libtlsrpt.so');
}

/** A Postfix that does: this machine's own, or Debian 13's; undefined when neither can be had. */
export function provideReportingPostfix(): PostfixPrograms | undefined {
  if (!hasReportingPostfix()) return provideDebianRoot(DEBIAN_13);
  return { version: installedPostfixVersion(), within: (command) => command };
}
