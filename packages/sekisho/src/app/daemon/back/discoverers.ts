import {
  createDiscoverer,
  type Discoverer,
  type DiscovererTools,
  performRequest,
} from '../../../discover/index.ts';
import { systemClock } from '../../../io/clock/index.ts';
import { createSettledClient, createSettledResolver } from '../../adapters.ts';
import { createForwardingLog } from './forwarding-log.ts';
import type { BackAnswer, BackNotice, BackRequest, DiscoverySettings } from './requests.ts';

interface Opened {
  readonly discoverer: Discoverer;
  close(): void;
}

/** Carries out what the back thread is asked: a discoverer with real adapters for each engine, all over one store. */
export function createDiscoverers(
  store: DiscovererTools['store'],
  notify: (notice: BackNotice) => void,
): (request: BackRequest, signal: AbortSignal) => Promise<BackAnswer> {
  const discoverers = new Map<number, Opened>();

  const open = (engine: number, settings: DiscoverySettings): Opened => {
    const log = createForwardingLog(settings.log.level, notify);
    const resolver = createSettledResolver(settings, log);
    const client = createSettledClient(settings, resolver);
    const observe: DiscovererTools['observe'] = (happened) => notify({ engine, happened });
    const tools = { clock: systemClock, resolver, client, store, log, observe };
    return {
      discoverer: createDiscoverer(tools, settings.policies),
      close() {
        client.close();
        resolver.close();
      },
    };
  };

  return async (request, signal) => {
    const { engine } = request;
    if (request.kind === 'open') {
      discoverers.set(engine, open(engine, request.settings));
      return undefined;
    }
    const opened = discoverers.get(engine);
    if (opened === undefined) throw new TypeError(`There is no engine ${String(engine)}`);
    if (request.kind === 'ask') return performRequest(opened.discoverer, request.request, signal);
    discoverers.delete(engine);
    opened.close();
    return undefined;
  };
}
