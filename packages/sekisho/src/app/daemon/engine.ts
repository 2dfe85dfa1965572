import { createResponder, isDaneProtected, type Responder } from '../../apply/index.ts';
import { createPolicies, type Observe, type Policies } from '../../discover/index.ts';
import { systemClock } from '../../io/clock/index.ts';
import { toAscii } from '../../io/idn/index.ts';
import type { Log } from '../../io/log/index.ts';
import type { PolicyStore } from '../../io/store/index.ts';
import { createSettledClient, createSettledResolver, postfixVersion } from '../adapters.ts';
import type { Settings } from '../config/index.ts';

/** What looks up, keeps and answers: all that depends on settings, and nothing that listens or stores. */
export interface Engine {
  readonly settings: Settings;
  readonly policies: Policies;
  readonly responder: Responder;
  close(): Promise<void>;
}

export interface EngineParts {
  readonly settings: Settings;
  readonly store: PolicyStore;
  readonly log: Log;
  readonly observe: Observe;
}

/** Builds the engine over a store that is already open; a reload builds a second one and closes the first. */
export function createEngine({ settings, store, log, observe }: EngineParts): Engine {
  const clock = systemClock;
  const resolver = createSettledResolver(settings, log);
  const client = createSettledClient(settings, resolver);
  const policies = createPolicies(
    {
      clock,
      resolver,
      client,
      store,
      log,
      observe,
      revoke: (policyDomain) => responder.forget(policyDomain),
    },
    settings.policies,
  );
  const { testing, defaultLevel, smartHosts } = settings.postfix;
  const responder = createResponder({
    clock,
    policies,
    toAscii,
    settings: {
      testing,
      defaultLevel,
      smartHosts,
      uncertainty: settings.policies.uncertainty,
      version: postfixVersion(settings),
    },
    ...(doesDane(settings)
      ? { isDaneProtected: (policyDomain) => isDaneProtected(policyDomain, resolver) }
      : {}),
  });
  return {
    settings,
    policies,
    responder,
    async close() {
      await policies.close();
      client.close();
      resolver.close();
    },
  };
}

const doesDane = ({ postfix }: Settings): boolean => postfix.defaultLevel.startsWith('dane');
