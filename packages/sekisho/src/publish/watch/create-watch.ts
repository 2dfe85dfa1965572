import type { Domain } from '@sekisho/spec';
import type { Clock } from '../../io/clock/index.ts';
import type { Resolver } from '../../io/dns/index.ts';
import type { Log } from '../../io/log/index.ts';
import type { PublishedDomain, PublishStore } from '../store/index.ts';
import type { MxProber } from '../../io/smtp/index.ts';
import { type PublishAlertSink, WorkAlert } from '../alerts/index.ts';
import { lookAtDomain } from './look-at-domain.ts';
import { createSharedLooks } from './shared-looks.ts';
import type { DomainLook, Watch, WatchObservation } from './watch.ts';

/** What the watch works with. */
export interface WatchOptions {
  readonly clock: Clock;
  readonly store: PublishStore;
  readonly resolver: Pick<Resolver, 'lookupMx'>;
  readonly prober: MxProber;
  readonly log: Log;
  readonly alerts: PublishAlertSink;
  /** Must not throw. */
  readonly observe?: (observation: WatchObservation) => void;
  /** How often each domain is looked at. Default 21,600. The gates want a look a day at least. */
  readonly everySeconds?: number;
  /** How often the store is asked for what is due. Default 5,000. */
  readonly pollMs?: number;
  /** Domains looked at once; one that takes long gives its place to another. Default 16. */
  readonly concurrency?: number;
  /** From 0 to 1. Default `Math.random`. */
  readonly chance?: () => number;
}

/** A look is so much sooner at most, so that domains spread. Never later: a day must not be missed. */
const JITTER = 0.1;
/** When the DNS did not tell, or the store did not take it. */
const RETRY_MS = 300_000;
/** A look at a provider's host serves other domains so long. */
const SHARE_MS = 600_000;
/** After so long a domain gives its place to another, and is looked at beside it. */
const SLOW_MS = 10_000;
/** How the list of due domains is named in alerts. */
const DUE = 'what is due';
/** Slow ones for each place. */
const MOST_SLOW = 16;

/** Makes the watch over MX hosts; it begins with `start`. */
export function createWatch(options: WatchOptions): Watch {
  const { clock, store, log, everySeconds = 21_600, pollMs = 5_000, concurrency = 16 } = options;
  const { observe = () => undefined, chance = Math.random } = options;
  const controller = new AbortController();
  const { signal } = controller;
  const everyMs = everySeconds * 1000;
  const shareMs = Math.min(SHARE_MS, everyMs / 2);
  const looks = createSharedLooks({ ...options, shareMs, signal });
  const nextAtMs = (isKnown: boolean): number =>
    clock.now() +
    Math.round(isKnown ? everyMs * (1 - JITTER * chance()) : Math.min(RETRY_MS, everyMs));
  const tools = { ...options, observe, looks, nextAtMs, signal };
  const failing = new WorkAlert({
    alerts: options.alerts,
    clock,
    code: 'mx-watch-failing',
    what: 'MX hosts cannot be looked at',
  });
  const underWay = new Map<Domain, Promise<unknown>>();
  /** Domains whose look ended with an error, and when they may be tried again. */
  const failed = new Map<Domain, number>();
  let busy = 0;
  let cancel = (): void => undefined;

  /** Looks at a domain after whatever look at it is under way. */
  const look = async (found: PublishedDomain, fresh: boolean): Promise<DomainLook> => {
    const { domain } = found;
    const before = underWay.get(domain);
    const work = Promise.resolve(before).then(() => lookAtDomain(found, tools, fresh));
    const settled = work.then(
      () => {
        failed.delete(domain);
        failing.succeeded(domain);
      },
      () => failed.set(domain, clock.now() + RETRY_MS),
    );
    underWay.set(domain, settled);
    void settled.then(() => {
      if (underWay.get(domain) === settled) underWay.delete(domain);
    });
    return work;
  };

  const begin = (found: PublishedDomain): void => {
    busy += 1;
    let isCounted = true;
    const giveBack = (): void => {
      if (isCounted) busy -= 1;
      isCounted = false;
      void fill();
    };
    const stop = clock.after(SLOW_MS, giveBack);
    void look(found, false)
      .catch((error: unknown) => {
        if (signal.aborted) return;
        failing.failed(found.domain, error);
        log.error('MX hosts could not be looked at', { domain: found.domain, error });
      })
      .finally(() => {
        stop();
        giveBack();
      });
  };

  const canBegin = (): boolean =>
    !signal.aborted && busy < concurrency && underWay.size < concurrency * MOST_SLOW;

  const isWaiting = ({ domain }: PublishedDomain): boolean =>
    !underWay.has(domain) && (failed.get(domain) ?? -Infinity) <= clock.now();

  /** Begins as many looks as there are places for; tells how many. */
  const fill = async (): Promise<number> => {
    if (!canBegin()) return 0;
    try {
      const limit = concurrency + underWay.size + failed.size;
      const due = (await store.listDueProbes(clock.now(), limit)).filter(isWaiting);
      failing.succeeded(DUE);
      let begun = 0;
      for (const found of due) {
        // Others may have begun meanwhile.
        if (!canBegin() || !isWaiting(found)) continue;
        begin(found);
        begun += 1;
      }
      return begun;
    } catch (error) {
      if (signal.aborted) return 0;
      failing.failed(DUE, error);
      log.error('the watch over MX hosts cannot read its store', { error });
      return 0;
    }
  };

  const tick = async (): Promise<void> => {
    for (;;) {
      const begun = await fill();
      const running = [...underWay.values()];
      if (begun === 0 && running.length === 0) return;
      await Promise.all(running);
    }
  };

  const poll = (): void => {
    cancel = clock.after(pollMs, () => {
      void fill();
      poll();
    });
  };

  return {
    tick,
    async probeNow(domain) {
      const found = await store.getDomain(domain);
      return found === undefined ? undefined : look(found, true);
    },
    start() {
      void fill();
      poll();
    },
    async close() {
      controller.abort();
      cancel();
      await Promise.all(underWay.values());
    },
  };
}
