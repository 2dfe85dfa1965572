import { readFileSync } from 'node:fs';
import { type PostfixVersion, parsePostfixVersion } from '../apply/index.ts';
import { systemClock } from '../io/clock/index.ts';
import { createResolver, formatServerAddress, type Resolver } from '../io/dns/index.ts';
import { createPolicyClient, type PolicyClient } from '../io/https/index.ts';
import type { Log } from '../io/log/index.ts';
import type { Settings } from './config/index.ts';

/** The version was checked when the configuration was read. */
export function postfixVersion({ postfix }: Settings): PostfixVersion {
  return parsePostfixVersion(postfix.version) ?? { major: 3, minor: 4 };
}

/** A resolver as the settings want it. */
export function createSettledResolver({ dns }: Settings, log: Log): Resolver {
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
export function createSettledClient({ https }: Settings, resolver: Resolver): PolicyClient {
  const { caFile, proxy, noProxy, ...limits } = https;
  return createPolicyClient({
    ...limits,
    clock: systemClock,
    resolver,
    ...(caFile === undefined ? {} : { ca: [readFileSync(caFile, 'utf8')] }),
    ...(proxy === undefined || proxy === 'off' ? {} : { proxy, noProxy }),
  });
}
