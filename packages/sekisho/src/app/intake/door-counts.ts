import type { DoorCounter } from '../../intake/index.ts';

/** What doors refused by themselves; all else the acceptor counts. */
export interface DoorCounts {
  readonly count: DoorCounter;
  list(): readonly {
    readonly channel: string;
    readonly reason: 'too-large' | 'turned-away';
    readonly count: number;
  }[];
}

export function createDoorCounts(): DoorCounts {
  const counts = new Map<string, ReturnType<DoorCounts['list']>[number]>();
  return {
    count(channel, reason) {
      if (reason !== 'too-large' && reason !== 'turned-away') return;
      const key = `${channel} ${reason}`;
      counts.set(key, { channel, reason, count: (counts.get(key)?.count ?? 0) + 1 });
    },
    list: () => [...counts.values()],
  };
}
