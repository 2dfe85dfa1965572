import type { Clock } from '../clock/index.ts';
import type { DnsResult, Resolver } from '../dns/index.ts';
import { FetchFault } from './fetch-fault.ts';

/** How long the slower of A and AAAA is waited for once the other has addresses (RFC 8305 §3 in small). */
const FAMILY_GRACE_MS = 250;

/** Addresses of a host in the order to try. */
export interface HostAddresses {
  readonly prompt: readonly string[];
  /** Those of a family that answered too late for the first go. */
  readonly late: () => Promise<readonly string[]>;
}

interface Context {
  readonly resolver: Resolver;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

type Answers = readonly [DnsResult<string> | undefined, DnsResult<string> | undefined];

/**
 * Looks up AAAA and A of a policy host at once and interleaves them, IPv6 first (RFC 8305 §4).
 *
 * @throws FetchFault `dns-not-found` or `dns-unavailable` when there is no address at all.
 */
export async function lookupAddresses(host: string, context: Context): Promise<HostAddresses> {
  const { resolver, clock, signal } = context;
  const v6 = resolver.lookupAaaa(host, { signal });
  const v4 = resolver.lookupA(host, { signal });
  const both = Promise.all([v6, v4]);
  const answers = await firstAnswers(v6, v4, both, clock);
  const prompt = interleave(answers);
  if (prompt.length === 0) throw toDnsFault(await both);
  return {
    prompt,
    late: async () => interleave(await both).filter((address) => !prompt.includes(address)),
  };
}

/** Both answers, or the first with addresses if the other is not there when the grace is over. */
function firstAnswers(
  v6: Promise<DnsResult<string>>,
  v4: Promise<DnsResult<string>>,
  both: Promise<Answers>,
  clock: Clock,
): Promise<Answers> {
  return new Promise((resolve, reject) => {
    let cancel: (() => void) | undefined;
    let isSettled = false;
    const startGrace = (answers: Answers): void => {
      if (isSettled || !answers.some((answer) => recordsOf(answer).length > 0)) return;
      cancel ??= clock.after(FAMILY_GRACE_MS, () => resolve(answers));
    };
    // Cancelled: a timer keeps the whole fetch in memory, for longer than most take.
    const settle = (answers: Answers): void => {
      isSettled = true;
      cancel?.();
      resolve(answers);
    };
    both.then(settle, reject);
    v6.then((answer) => startGrace([answer, undefined]), reject);
    v4.then((answer) => startGrace([undefined, answer]), reject);
  });
}

function recordsOf(answer: DnsResult<string> | undefined): readonly string[] {
  return answer?.kind === 'answer' ? answer.records : [];
}

function interleave([v6, v4]: Answers): string[] {
  const [first, second] = [recordsOf(v6), recordsOf(v4)];
  const rounds = Array.from({ length: Math.max(first.length, second.length) }, (_, round) => [
    first[round],
    second[round],
  ]);
  return [...new Set(rounds.flat().filter((address) => address !== undefined))];
}

/** Only two answers, both empty, say that there is no address; anything else is uncertainty. */
function toDnsFault(answers: Answers): FetchFault {
  const failure = answers.find((answer) => answer?.kind === 'failure');
  return failure?.kind === 'failure'
    ? new FetchFault(
        'dns-unavailable',
        `addresses of the host could not be looked up: ${failure.message}`,
        failure.code,
      )
    : new FetchFault('dns-not-found', 'host has no address');
}
