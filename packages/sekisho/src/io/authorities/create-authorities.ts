import type { Clock } from '../clock/index.ts';
import {
  createDirectClient,
  type DirectClient,
  type DnsFailure,
  type LookupOptions,
  normalName,
  type Resolver,
} from '../dns/index.ts';
import type { Authorities, AuthorityAnswer, AuthorityLookup } from './authorities.ts';
import { findPlaces, findZone, type Place } from './find-servers.ts';
import { judgeAnswer, type Said } from './judge-lookup.ts';

export interface AuthoritiesOptions {
  readonly clock: Clock;
  /** Finds NS records and the servers' addresses; its cache is no matter, those change seldom. */
  readonly resolver: Pick<Resolver, 'lookupNs' | 'lookupA' | 'lookupAaaa'>;
  /** Where authoritative servers listen; another one only in closed networks. Default 53. */
  readonly port?: number;
  /** For the first try with an address; the second waits twice as long. Default 2000 ms. */
  readonly timeoutMs?: number;
  /** For the whole lookup; addresses that have not answered by then are `timeout`. Default 20 000 ms. */
  readonly deadlineMs?: number;
  /** Questions under way at once. Default 32. */
  readonly maxSockets?: number;
}

/** RFC 1034 §3.6.2 sets no limit; as for the resolver. */
const NAMES_MAX = 16;

/** Asks authoritative servers over UDP and, for long answers, TCP. Opens no socket before the first lookup. */
export function createAuthorities(options: AuthoritiesOptions): Authorities {
  const {
    clock,
    resolver,
    port = 53,
    timeoutMs = 2000,
    deadlineMs = 20_000,
    maxSockets = 32,
  } = options;
  const client = createDirectClient({ clock, timeoutMs, tries: 2, deadlineMs, maxSockets });
  return {
    async lookupTxt(name, { signal: callerSignal } = {}) {
      const ended = new AbortController();
      const cancelTimer = clock.after(deadlineMs, () => ended.abort());
      const signal =
        callerSignal === undefined ? ended.signal : AbortSignal.any([callerSignal, ended.signal]);
      try {
        return await followAliases(normalName(name), { client, resolver, port, signal });
      } finally {
        cancelTimer();
      }
    },
    close: () => client.close(),
  };
}

interface Context extends Required<LookupOptions> {
  readonly client: DirectClient;
  readonly resolver: AuthoritiesOptions['resolver'];
  readonly port: number;
}

/** A name still to be asked for, and the CNAMEs that led to it. */
interface Step {
  readonly name: string;
  readonly cnames: readonly string[];
}

async function followAliases(name: string, context: Context): Promise<AuthorityLookup> {
  const answers: AuthorityAnswer[] = [];
  const steps: Step[] = [{ name, cnames: [] }];
  let zone = '';
  let last = name;
  // Steps are added on the way, each for a name that was not asked for before, so that the list ends.
  for (const step of steps) {
    const found = await findZone(context.resolver, step.name, context);
    if (found.kind === 'failure') return found;
    ({ zone } = found);
    last = step.name;
    const places = await findPlaces(context.resolver, found.servers, context);
    const said = await Promise.all(places.map((place) => askPlace(place, step, context)));
    const known = new Set(steps.map((other) => other.name));
    const added = new Set<string>();
    const mayFollow = (target: string): boolean =>
      added.has(target) || (!known.has(target) && known.size + added.size < NAMES_MAX);
    said.forEach((what, index) => {
      const { server = '', address = '' } = places[index] ?? {};
      if (what.kind === 'said') answers.push({ server, address, result: what.result });
      else if (mayFollow(what.target)) added.add(what.target);
      else answers.push({ server, address, result: endless(name) });
    });
    for (const target of added) steps.push({ name: target, cnames: [...step.cnames, target] });
  }
  return { kind: 'asked', zone, name: last, answers };
}

async function askPlace(
  place: Place,
  { name, cnames }: Step,
  { client, port, signal }: Context,
): Promise<Said> {
  if (place.address === undefined) return { kind: 'said', result: place.failure };
  const asked = await client.ask({ host: place.address, port }, { name, type: 'TXT' }, { signal });
  return judgeAnswer(name, cnames, asked);
}

function endless(name: string): DnsFailure {
  const message = `Cannot look up TXT of "${name}": the CNAMEs loop or are more than ${NAMES_MAX}`;
  return { kind: 'failure', code: 'cname-loop', message };
}
