import type { Clock } from '../../io/clock/index.ts';
import type { MxProbe, MxProber } from '../../io/smtp/index.ts';

/** One look at one MX host. */
export interface HostLook {
  /** When it was finished. */
  readonly atMs: number;
  readonly probes: readonly MxProbe[];
}

/** Looks at MX hosts that many domains share: a provider's host is looked at once for all of them. */
export interface SharedLooks {
  /** @param fresh whether to look now, whatever is known. */
  look(mxHost: string, fresh?: boolean): Promise<HostLook>;
}

/** Hosts beyond these are looked at again for each domain. */
const MOST_HOSTS = 10_000;

/**
 * Makes looks that are good for other domains as well.
 *
 * @param options.shareMs how long.
 */
export function createSharedLooks(options: {
  readonly clock: Clock;
  readonly prober: MxProber;
  readonly shareMs: number;
  readonly signal: AbortSignal;
}): SharedLooks {
  const { clock, prober, shareMs, signal } = options;
  /** In the order of their beginning. */
  const known = new Map<string, { readonly sinceMs: number; readonly look: Promise<HostLook> }>();

  const forgetOld = (): void => {
    for (const [host, { sinceMs }] of known) {
      const ageMs = clock.now() - sinceMs;
      if (ageMs >= 0 && ageMs < shareMs && known.size <= MOST_HOSTS) return;
      known.delete(host);
    }
  };
  const begin = async (mxHost: string): Promise<HostLook> => {
    const probes = await prober.probe(mxHost, { signal });
    return { atMs: clock.now(), probes };
  };
  return {
    look(mxHost, fresh = false) {
      forgetOld();
      const shared = known.get(mxHost);
      if (shared !== undefined && !fresh) return shared.look;
      const look = begin(mxHost);
      known.delete(mxHost);
      known.set(mxHost, { sinceMs: clock.now(), look });
      void look.catch(() => known.delete(mxHost));
      return look;
    },
  };
}
