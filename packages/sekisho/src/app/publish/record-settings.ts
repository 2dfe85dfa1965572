import { type Delegation, issuersOf, type RecordSettings } from '../../publish/index.ts';
import type { Settings } from '../config/index.ts';

/** How customers' domains lead here; undefined where they do not. */
export function delegationOf({ publish }: Settings): Delegation | undefined {
  const { signalling, host } = publish.dns.delegation;
  return signalling === undefined || host === undefined ? undefined : { signalling, host };
}

/** What the settings say of the records that a domain needs. */
export function recordSettingsOf(settings: Settings): RecordSettings {
  const { target, dns, reportTo, acme } = settings.publish;
  const delegation = delegationOf(settings);
  const { name, addresses } = target;
  return {
    ttlSeconds: dns.ttlSeconds,
    reportTo,
    ...(name === undefined && addresses.length === 0
      ? {}
      : { target: name === undefined ? { addresses } : { name } }),
    ...(acme.directory === 'off' ? {} : { issuers: issuersOf(acme.directory) }),
    ...(delegation === undefined ? {} : { delegation }),
  };
}
