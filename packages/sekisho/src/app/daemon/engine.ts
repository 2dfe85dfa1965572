import { createResponder, isDaneProtected, type Responder } from '../../apply/index.ts';
import { createPolicies, type Observe, type Policies } from '../../discover/index.ts';
import { systemClock } from '../../io/clock/index.ts';
import type { Resolver } from '../../io/dns/index.ts';
import { toAscii } from '../../io/idn/index.ts';
import type { Log } from '../../io/log/index.ts';
import type { Settings } from '../config/index.ts';
import { postfixVersion } from '../postfix-version.ts';
import type { BackThread } from './back/back-thread.ts';

/** What looks up, keeps and answers: all that depends on settings, and nothing that listens or stores. */
export interface Engine {
  readonly settings: Settings;
  readonly policies: Policies;
  readonly responder: Responder;
  close(): Promise<void>;
}

export interface EngineParts {
  readonly settings: Settings;
  readonly back: BackThread;
  readonly log: Log;
  readonly observe: Observe;
}

/**
 * Builds the engine over a back thread that runs already; a reload builds a second one and closes the first.
 *
 * @throws IoError when discovery cannot be built by the settings.
 */
export async function createEngine({ settings, back, log, observe }: EngineParts): Promise<Engine> {
  const clock = systemClock;
  const { dns, https, policies: spans, log: logging } = settings;
  const discovery = await back.openDiscovery(
    { dns, https, policies: spans, log: logging },
    observe,
  );
  const policies = createPolicies(
    {
      clock,
      discoverer: discovery.discoverer,
      store: back.store,
      log,
      observe,
      revoke: (policyDomain) => responder.forget(policyDomain),
    },
    settings.policies,
  );
  const { testing, defaultLevel, smartHosts } = settings.postfix;
  // A few small datagrams for each `enforce` policy now and then: not worth a way through the back thread.
  const resolver = doesDane(settings) ? await createDaneResolver(settings, log) : undefined;
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
    ...(resolver === undefined
      ? {}
      : { isDaneProtected: (policyDomain) => isDaneProtected(policyDomain, resolver) }),
  });
  return {
    settings,
    policies,
    responder,
    async close() {
      await policies.close();
      resolver?.close();
      await discovery.close();
    },
  };
}

const doesDane = ({ postfix }: Settings): boolean => postfix.defaultLevel.startsWith('dane');

/** Loaded only where it is used. */
async function createDaneResolver(settings: Settings, log: Log): Promise<Resolver> {
  const { createSettledResolver } = await import('../adapters.ts');
  return createSettledResolver(settings, log);
}
