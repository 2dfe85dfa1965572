import type { ReportChannel, ReportTrust } from '../store/index.ts';
import type { Acceptance } from './acceptor.ts';

/** How often something arrived by one door and ended in one way. */
export interface ArrivalCount {
  readonly channel: ReportChannel;
  readonly outcome: Acceptance['kind'];
  /** Of the report that was stored, or was kept already. */
  readonly trust: ReportTrust['kind'] | undefined;
  readonly count: number;
}

/** What metrics are made of; counted since the start. A message with several reports counts once for each. */
export interface AcceptanceCounts {
  readonly arrivals: readonly ArrivalCount[];
  /** How often each repair was needed, by its code. */
  readonly repairs: ReadonlyMap<string, number>;
}

export interface AcceptanceCounter {
  arrived(channel: ReportChannel, outcome: Acceptance['kind'], trust?: ReportTrust['kind']): void;
  repaired(code: string): void;
  counts(): AcceptanceCounts;
}

export function createAcceptanceCounter(): AcceptanceCounter {
  const arrivals = new Map<string, ArrivalCount>();
  const repairs = new Map<string, number>();
  return {
    arrived(channel, outcome, trust) {
      const key = `${channel} ${outcome} ${trust ?? ''}`;
      const count = (arrivals.get(key)?.count ?? 0) + 1;
      arrivals.set(key, { channel, outcome, trust, count });
    },
    repaired: (code) => void repairs.set(code, (repairs.get(code) ?? 0) + 1),
    counts: () => ({ arrivals: [...arrivals.values()], repairs: new Map(repairs) }),
  };
}
