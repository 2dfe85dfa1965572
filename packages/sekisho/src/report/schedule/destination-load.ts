import type { Clock } from '../../io/clock/index.ts';

/** How busy each destination host is kept. */
export interface DestinationLoad {
  begin(host: string): void;
  end(host: string): void;
  isBusy(host: string): boolean;
  busyHosts(): readonly string[];
  /** Until the first of them may be bothered again; undefined if none only rests. */
  nextFreeInMs(): number | undefined;
}

/**
 * @param limits.perHost under way at once to one host.
 * @param limits.hostGapMs from the end of one to the begin of the next.
 */
export function createDestinationLoad(
  clock: Clock,
  limits: { readonly perHost: number; readonly hostGapMs: number },
): DestinationLoad {
  const hosts = new Map<string, { underWay: number; restsUntilMs: number }>();
  const isBusy = (host: string): boolean => {
    const load = hosts.get(host);
    if (load === undefined) return false;
    return load.underWay >= limits.perHost || load.restsUntilMs > clock.now();
  };
  return {
    isBusy,
    begin(host) {
      const load = hosts.get(host) ?? { underWay: 0, restsUntilMs: 0 };
      hosts.set(host, { ...load, underWay: load.underWay + 1 });
    },
    end(host) {
      const underWay = Math.max(0, (hosts.get(host)?.underWay ?? 0) - 1);
      hosts.set(host, { underWay, restsUntilMs: clock.now() + limits.hostGapMs });
    },
    busyHosts() {
      for (const [host, { underWay }] of hosts)
        if (underWay === 0 && !isBusy(host)) hosts.delete(host);
      return [...hosts.keys()].filter(isBusy);
    },
    nextFreeInMs() {
      const rests = [...hosts.values()]
        .filter(({ underWay }) => underWay < limits.perHost)
        .map(({ restsUntilMs }) => restsUntilMs - clock.now())
        .filter((leftMs) => leftMs > 0);
      return rests.length === 0 ? undefined : Math.min(...rests);
    },
  };
}
