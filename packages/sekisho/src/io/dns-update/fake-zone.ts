import type { Authorities, AuthorityAnswer } from '../authorities/index.ts';
import {
  createFakeResolver,
  type DnsResult,
  type FakeResolver,
  fakeAnswer,
  fakeFailure,
  type TxtRecord,
} from '../dns/index.ts';
import type { DnsUpdater, TxtChange, UpdateOutcome } from './dns-updater.ts';

export interface FakeZoneOptions {
  /** Name of the one zone that there is. Default `example.test`. */
  readonly zone?: string;
  /** Addresses of its authoritative servers. Default `192.0.2.53` and `2001:db8::53`. */
  readonly addresses?: readonly string[];
}

/** One zone of TXT records, seen through each of its servers. */
export interface FakeZone {
  /** Changes the zone; every server that does not lag shows it at once. */
  readonly updater: DnsUpdater;
  readonly authorities: Authorities;
  /** Sees the zone's TXT records without a cache; takes other entries as any fake resolver does. */
  readonly resolver: FakeResolver;
  /** Every change asked for so far, in order, whatever became of it. */
  readonly changes: readonly TxtChange[];
  /** The records at a name, as the updater would find them. */
  readTxt(name: string): readonly string[];
  /** Puts records at a name behind the updater's back; none takes the name away. */
  setTxt(name: string, texts: readonly string[]): void;
  /** What the updater answers from now on instead of doing its work; undefined: it works again. */
  answerUpdates(outcome: UpdateOutcome | undefined): void;
  /** From now on this server shows the zone as it is now; `catchUp` ends it. */
  lag(address: string): void;
  catchUp(address: string): void;
  /** This server does not answer any more; undefined: it does again. */
  failServer(address: string, code: 'timeout' | 'servfail' | 'network' | undefined): void;
  /** The zone's servers cannot be found at all. */
  hide(isHidden: boolean): void;
}

type Records = ReadonlyMap<string, readonly string[]>;

/** What replacing a record means, for the real thing and for this one. */
function replace(texts: readonly string[], { startsWith, text }: TxtChange): readonly string[] {
  const others = texts.filter((found) => !found.startsWith(startsWith));
  return text === undefined ? others : [...others, text];
}

/** Makes a zone for tests, with an updater that writes it, and authorities and a resolver that read it. */
export function createFakeZone(options: FakeZoneOptions = {}): FakeZone {
  const { zone = 'example.test', addresses = ['192.0.2.53', '2001:db8::53'] } = options;
  const resolver = createFakeResolver();
  const changes: TxtChange[] = [];
  const lagging = new Map<string, Records>();
  const failing = new Map<string, 'timeout' | 'servfail' | 'network'>();
  let records: Records = new Map();
  let fixedOutcome: UpdateOutcome | undefined;
  let isHidden = false;

  const setTxt = (name: string, texts: readonly string[]): void => {
    const key = name.toLowerCase();
    const next = new Map(records);
    if (texts.length === 0) next.delete(key);
    else next.set(key, texts);
    records = next;
    if (texts.length === 0) resolver.remove(`txt ${key}`);
    else resolver.set(`txt ${key}`, fakeAnswer(texts));
  };
  const readTxt = (name: string): readonly string[] => records.get(name.toLowerCase()) ?? [];
  const ask = (address: string, name: string): DnsResult<TxtRecord> => {
    const failure = failing.get(address);
    if (failure !== undefined) return fakeFailure(failure);
    const texts = (lagging.get(address) ?? records).get(name.toLowerCase());
    return fakeAnswer(texts ?? [], {
      rcode: texts === undefined ? 'NXDOMAIN' : 'NOERROR',
      server: `${address}:53`,
    });
  };
  const toAnswer = (address: string, index: number, name: string): AuthorityAnswer => ({
    server: `ns${index + 1}.${zone}`,
    address,
    result: ask(address, name),
  });

  return {
    updater: {
      replaceTxt(change) {
        changes.push(change);
        if (fixedOutcome !== undefined) return Promise.resolve(fixedOutcome);
        setTxt(change.name, replace(readTxt(change.name), change));
        return Promise.resolve({ kind: 'done' });
      },
    },
    authorities: {
      lookupTxt: (name) =>
        Promise.resolve(
          isHidden
            ? {
                kind: 'failure',
                code: 'zone-not-found',
                message: `Cannot find the zone of ${name}`,
              }
            : {
                kind: 'asked',
                zone,
                name,
                answers: addresses.map((address, index) => toAnswer(address, index, name)),
              },
        ),
      close: () => undefined,
    },
    resolver,
    changes,
    readTxt,
    setTxt,
    answerUpdates(outcome) {
      fixedOutcome = outcome;
    },
    lag: (address) => void lagging.set(address, records),
    catchUp: (address) => void lagging.delete(address),
    failServer(address, code) {
      if (code === undefined) failing.delete(address);
      else failing.set(address, code);
    },
    hide(hidden) {
      isHidden = hidden;
    },
  };
}
