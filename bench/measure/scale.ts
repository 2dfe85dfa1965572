import { type Bench, withChildren } from '../harness/bench.ts';
import { writeKeys } from '../harness/domains.ts';
import { type Transport, TRANSPORTS } from '../harness/endpoint.ts';
import { startSekisho } from '../subjects/sekisho.ts';
import { measureRound, type Point } from './point.ts';
import type { Stores } from './stores.ts';
import { warmUp } from './warm.ts';

export const SCALE_COUNTS = [1_000, 10_000, 100_000] as const;
const CONNECTIONS = 64;

export interface ScaleResult {
  readonly policies: number;
  readonly points: Readonly<Record<Transport, Point>>;
}

/** What a lookup costs with ever more policies, the keys drawn from all of them. */
export function measureScale(bench: Bench, stores: Stores): Promise<readonly ScaleResult[]> {
  return withChildren(async (children) => {
    const daemons = [];
    for (const policies of SCALE_COUNTS) {
      const store = await stores.withPolicies(policies);
      const subject = await startSekisho(bench, children, { store });
      const keysFile = writeKeys(bench.directory, policies);
      bench.say(`scale: warming ${String(policies)} policies`);
      await warmUp(subject, keysFile);
      const makePoint = (transport: Transport): Point => ({
        subject: subject.name,
        transport,
        connections: CONNECTIONS,
        rounds: [],
      });
      const points = { tcp: makePoint('tcp'), unix: makePoint('unix') };
      daemons.push({ subject, keysFile, policies, points });
    }
    for (let round = 0; round < bench.rounds; round += 1) {
      bench.say(`scale: round ${String(round + 1)} of ${String(bench.rounds)}`);
      for (const transport of TRANSPORTS) {
        for (const { subject, keysFile, points } of round % 2 === 0
          ? daemons
          : daemons.toReversed())
          await measureRound(subject, points[transport], keysFile);
      }
    }
    return daemons.map(({ policies, points }) => ({ policies, points }));
  });
}
