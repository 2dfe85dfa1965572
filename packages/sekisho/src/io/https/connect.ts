import { connect, type Socket } from 'node:net';
import type { Domain } from '@sekisho/spec';
import type { Clock } from '../clock/index.ts';
import type { DnsResult, Resolver } from '../dns/index.ts';
import type { AddressGuard } from './address-guard.ts';
import type { Attempt } from './attempt.ts';
import { FetchFault, toSocketFault } from './fetch-fault.ts';

interface Route {
  readonly resolver: Resolver;
  readonly clock: Clock;
  readonly port: number;
  readonly guard: AddressGuard;
}

/**
 * Looks up a policy host, judges its addresses and connects to the first that accepts. An address is judged
 * and connected to in the same form, so a second DNS answer cannot lead elsewhere.
 *
 * @throws FetchFault
 */
export async function openConnection(
  host: Domain,
  route: Route,
  attempt: Attempt,
): Promise<Socket> {
  attempt.stage = 'dns';
  const { prompt, late } = await lookupAddresses(host, { ...route, signal: attempt.signal });
  try {
    return await connectToAllowed(prompt, route, attempt);
  } catch (error) {
    const others = await late();
    if (others.length === 0) throw error;
    return connectToAllowed(others, route, attempt);
  }
}

async function connectToAllowed(
  addresses: readonly string[],
  { clock, port, guard }: Route,
  attempt: Attempt,
): Promise<Socket> {
  attempt.addresses = [...attempt.addresses, ...addresses];
  const allowed = addresses.filter(guard);
  if (allowed.length === 0) {
    throw new FetchFault(
      'address-refused',
      `address is ${addresses.join(', ')}, must be a global one or allowed in the configuration`,
    );
  }
  attempt.stage = 'connect';
  const { signal, hold } = attempt;
  const { socket, address } = await connectFirst(allowed, { port, clock, signal, hold });
  attempt.remoteAddress = address;
  return socket;
}

/** How long the slower of A and AAAA is waited for once the other has addresses (RFC 8305 §3 in small). */
const FAMILY_GRACE_MS = 250;

/** Addresses of a host in the order to try. */
interface HostAddresses {
  readonly prompt: readonly string[];
  /** Those of a family that answered too late for the first go. */
  readonly late: () => Promise<readonly string[]>;
}

interface Lookup {
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
async function lookupAddresses(host: string, lookup: Lookup): Promise<HostAddresses> {
  const { resolver, clock, signal } = lookup;
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

/** Head start of one address over the next (RFC 8305 §5, "Connection Attempt Delay"). */
const STAGGER_MS = 250;
/** Addresses beyond these are not tried: the list is a stranger's. */
const MOST_ADDRESSES = 8;
/** What a machine without IPv6 (or IPv4) says; it tells nothing about the policy host. */
const NO_ROUTE = new Set<string | undefined>(['ENETUNREACH', 'EADDRNOTAVAIL', 'EAFNOSUPPORT']);

interface Context {
  readonly port: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Receives every socket, so that the losers end with the fetch. */
  readonly hold: (socket: Socket) => Socket;
}

/** A TCP connection and the address that it leads to. */
interface Connection {
  readonly socket: Socket;
  readonly address: string;
}

/**
 * Connects to the first of some IP addresses that accepts; the next one is tried when one fails or has not
 * answered in 250 ms. Never looks up a name, so that the judged addresses are the ones connected to.
 *
 * @throws FetchFault when all fail; of several failures the one that tells most.
 */
async function connectFirst(addresses: readonly string[], context: Context): Promise<Connection> {
  const attempts: Promise<Connection>[] = [];
  for (const address of addresses.slice(0, MOST_ADDRESSES)) {
    context.signal.throwIfAborted();
    const attempt = connectTo(address, context);
    attempts.push(attempt);
    const pause = startPause(context.clock);
    const winner = await Promise.race([
      orNothing(Promise.any(attempts)),
      orNothing(attempt),
      pause.over,
    ]);
    pause.cancel();
    if (winner !== undefined) return winner;
  }
  const outcomes = Promise.allSettled(attempts);
  return orNothing(Promise.any(attempts)).then(async (winner) => {
    if (winner !== undefined) return winner;
    throw mostTelling(await outcomes);
  });
}

function connectTo(address: string, { port, hold }: Context): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const socket = hold(connect({ host: address, port, autoSelectFamily: false }));
    // Stays for the life of the socket: an error after the race would otherwise end the process.
    socket.on('error', reject);
    socket.once('connect', () => resolve({ socket, address }));
  });
}

/** A failed attempt is no event here: the errors are read when all have failed. */
function orNothing<T>(promise: Promise<T>): Promise<T | undefined> {
  return promise.catch(() => undefined);
}

/** Cancelled as soon as it is of no use: a timer keeps the whole fetch in memory, for longer than most take. */
function startPause(clock: Clock): { readonly over: Promise<undefined>; cancel(): void } {
  let cancel = (): void => undefined;
  const over = new Promise<undefined>((resolve) => {
    cancel = clock.after(STAGGER_MS, () => resolve(undefined));
  });
  return { over, cancel };
}

function mostTelling(outcomes: readonly PromiseSettledResult<Connection>[]): FetchFault {
  const errors = outcomes.flatMap((outcome) =>
    outcome.status === 'rejected' ? [outcome.reason as NodeJS.ErrnoException] : [],
  );
  return toSocketFault(errors.find(({ code }) => !NO_ROUTE.has(code)) ?? errors[0]);
}
