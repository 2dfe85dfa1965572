import type { Bench } from '../harness/bench.ts';
import { withChildren } from '../harness/bench.ts';
import type { Child } from '../harness/child.ts';
import { writeKeys } from '../harness/domains.ts';
import { type Transport, TRANSPORTS } from '../harness/endpoint.ts';
import { runLoad } from '../harness/load.ts';
import { startBareC, startBareNode } from '../subjects/constant.ts';
import { startResolver } from '../subjects/peer.ts';
import { fillStore, startSekisho } from '../subjects/sekisho.ts';
import type { Missing, Subject } from '../subjects/subject.ts';
import { measureRound, type Point } from './point.ts';

export const WARM_POLICIES = 10_000;
export const CONNECTIONS = [1, 16, 64, 256] as const;

export interface WarmResult {
  readonly points: readonly Point[];
  readonly missing: readonly Missing[];
}

async function startAll(
  bench: Bench,
  children: Child[],
  smapconst: string,
): Promise<readonly (Subject | Missing)[]> {
  const store = await fillStore(bench, WARM_POLICIES);
  return [
    await startSekisho(bench, children, { store }),
    await startBareNode(bench, children),
    await startBareC(bench, children, smapconst),
    await startResolver(bench, children, 'sqlite', WARM_POLICIES),
    await startResolver(bench, children, 'memory', WARM_POLICIES),
  ];
}

/** Asks for every domain once, then some thousand times more: caches are full and code is compiled. */
export async function warmUp(subject: Subject, keysFile: string): Promise<void> {
  for (const transport of TRANSPORTS) {
    const to = subject.endpoints[transport];
    await runLoad({ to, keysFile, connections: 16, once: true });
    await runLoad({ to, keysFile, connections: 16, seconds: 0.5 });
  }
}

/** One round of all servers, one behind the other: each pair is compared within seconds. */
async function goRound(
  subjects: readonly Subject[],
  points: readonly Point[],
  transport: Transport,
  connections: number,
  keysFile: string,
): Promise<void> {
  for (const subject of subjects) {
    const point = points.find(
      (each) =>
        each.subject === subject.name &&
        each.transport === transport &&
        each.connections === connections,
    );
    if (point !== undefined) await measureRound(subject, point, keysFile);
  }
}

/** Lookups of known domains, beside servers that only send a constant and beside the peer. */
export function measureWarm(bench: Bench, smapconst: string): Promise<WarmResult> {
  return withChildren(async (children) => {
    bench.say(`warm: starting servers with ${String(WARM_POLICIES)} policies`);
    const started = await startAll(bench, children, smapconst);
    const subjects = started.filter((each): each is Subject => 'endpoints' in each);
    const missing = started.filter((each): each is Missing => 'why' in each);
    const keysFile = writeKeys(bench.directory, WARM_POLICIES);
    for (const subject of subjects) await warmUp(subject, keysFile);

    const places = TRANSPORTS.flatMap((transport) =>
      CONNECTIONS.map((connections) => ({ transport, connections })),
    );
    const points: Point[] = places.flatMap((place) =>
      subjects.map(({ name }) => ({ subject: name, ...place, rounds: [] })),
    );
    for (let round = 0; round < bench.rounds; round += 1) {
      // Alternating the order keeps a machine that slows down from favouring whoever comes first.
      const order = round % 2 === 0 ? subjects : subjects.toReversed();
      for (const { transport, connections } of places) {
        bench.say(
          `warm: round ${String(round + 1)} of ${String(bench.rounds)}, ${transport}, ${String(connections)} connections`,
        );
        await goRound(order, points, transport, connections, keysFile);
      }
    }
    return { points, missing };
  });
}
