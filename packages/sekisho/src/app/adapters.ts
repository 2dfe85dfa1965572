import { readFileSync } from 'node:fs';
import { systemClock } from '../io/clock/index.ts';
import { createResolver, formatServerAddress, type Resolver } from '../io/dns/index.ts';
import { createPolicyClient, type PolicyClient } from '../io/https/index.ts';
import type { Log } from '../io/log/index.ts';
import type { Settings } from './config/index.ts';

/** A resolver as the settings want it. */
export function createSettledResolver(
  { dns }: Pick<Settings, 'dns'>,
  log: Pick<Log, 'warn'>,
): Resolver {
  const { servers, resolvConf, timeoutMs, tries, deadlineMs } = dns;
  return createResolver({
    clock: systemClock,
    timeoutMs,
    tries,
    deadlineMs,
    resolvConfPath: resolvConf,
    ...(servers.length === 0 ? {} : { servers: servers.map(formatServerAddress) }),
    onConfigurationError: (message) => log.warn('resolvers could not be read', { reason: message }),
  });
}

/** A policy client as the settings want it. */
export function createSettledClient(
  { https }: Pick<Settings, 'https'>,
  resolver: Resolver,
): PolicyClient {
  const { caFile, proxy, noProxy, ...limits } = https;
  return createPolicyClient({
    ...limits,
    clock: systemClock,
    resolver,
    ...(caFile === undefined ? {} : { ca: [readFileSync(caFile, 'utf8')] }),
    ...(proxy === undefined || proxy === 'off' ? {} : { proxy, noProxy }),
  });
}
