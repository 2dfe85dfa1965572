import { type Domain, parseDomain } from '@sekisho/spec';
import { type CountingAcceptor, createAcceptor } from '../../intake/index.ts';
import type { Clock } from '../../io/clock/index.ts';
import type { VerifyDkim } from '../../io/dkim-verify/index.ts';
import type { Resolver } from '../../io/dns/index.ts';
import type { IntakeWriter } from '../../intake/store/index.ts';
import type { Log } from '../../io/log/index.ts';
import type { Settings } from '../config/index.ts';

export interface SettledAcceptorParts {
  readonly settings: Settings;
  readonly store: IntakeWriter;
  readonly resolver: Resolver;
  readonly clock: Clock;
  readonly log: Log;
}

/** What takes reports in, as the settings want it. */
export async function createSettledAcceptor(
  parts: SettledAcceptorParts,
): Promise<CountingAcceptor> {
  const { settings, store, clock, log } = parts;
  const { dkim, limits } = settings.intake;
  const domains = ownDomains(settings);
  return createAcceptor({
    store,
    clock,
    log,
    limits,
    keyService: dkim.keyService,
    domains: domains.length === 0 ? 'any' : domains,
    verifyDkim: await createSettledVerifier(parts),
  });
}

/** Without verifying, no message has a signature that counts. */
async function createSettledVerifier({
  settings,
  resolver,
  clock,
}: SettledAcceptorParts): Promise<VerifyDkim> {
  if (!settings.intake.dkim.verify) return () => Promise.resolve([]);
  const { createDkimVerifier } = await import('../../io/dkim-verify/index.ts');
  return createDkimVerifier({ resolver, clock });
}

/** The domains that reports are taken about; none: all. */
export function ownDomains({ intake }: Pick<Settings, 'intake'>): readonly Domain[] {
  return intake.domains.flatMap((name) => {
    const domain = parseDomain(name);
    return domain.ok ? [domain.value] : [];
  });
}

/** Whether a name is one of those domains or below one: results of DANE are reported under that of the host. */
export function isAbout(name: string, domains: readonly Domain[]): boolean {
  if (domains.length === 0) return true;
  return domains.some((domain) => name === domain || name.endsWith(`.${domain}`));
}
