import type {
  CaaRecord,
  DnsAnswer,
  DnsFailure,
  DnsFailureCode,
  DnsResult,
  LookupOptions,
  MxRecord,
  Resolver,
  TlsaRecord,
  TxtRecord,
} from './resolver.ts';

interface RecordOf {
  readonly txt: TxtRecord;
  readonly mx: MxRecord;
  readonly a: string;
  readonly aaaa: string;
  readonly tlsa: TlsaRecord;
  readonly ns: string;
  readonly caa: CaaRecord;
}

type FakeType = keyof RecordOf;

/** Type and name in lower case, such as `txt _mta-sts.example.test`. */
export type FakeKey<Type extends FakeType = FakeType> = `${Type} ${string}`;

/** A result, or what makes one at each lookup. */
export type FakeEntry<T> = DnsResult<T> | (() => DnsResult<T> | Promise<DnsResult<T>>);

/** The whole DNS of a test. What is not in it does not exist (NXDOMAIN, 300 seconds). */
export type FakeZones = {
  readonly [Key in FakeKey]?: FakeEntry<EntryOf<Key>>;
};

type EntryOf<Key extends FakeKey> = Key extends `${infer Type extends FakeType} ${string}`
  ? RecordOf[Type]
  : never;

/** A resolver from a table, for tests. */
export interface FakeResolver extends Resolver {
  /** Puts an entry into the table, in place of the one that was there. */
  set<Type extends FakeType>(key: FakeKey<Type>, entry: FakeEntry<RecordOf[Type]>): void;
  /** Takes an entry away: the name does not exist any more. */
  remove(key: FakeKey): void;
  /** Every lookup so far, in order, as `txt _mta-sts.example.test`. */
  readonly lookups: readonly string[];
  /** How many lookups of this key there were. */
  count(key: FakeKey): number;
}

const NO_SUCH_NAME = fakeAnswer<never>([], { rcode: 'NXDOMAIN' });

/** Makes a resolver that answers from a table and counts; a cancelled or closed one fails as the real one does. */
export function createFakeResolver(zones: FakeZones = {}): FakeResolver {
  const entries = new Map<string, unknown>(Object.entries(zones));
  const lookups: string[] = [];
  let closed = false;

  const lookup =
    <Type extends FakeType>(type: Type) =>
    async (name: string, { signal }: LookupOptions = {}): Promise<DnsResult<RecordOf[Type]>> => {
      const key = `${type} ${name.toLowerCase()}`;
      lookups.push(key);
      if (closed) return fakeFailure('network');
      if (signal?.aborted === true) return fakeFailure('timeout');
      const entry = entries.get(key) as FakeEntry<RecordOf[Type]> | undefined;
      return typeof entry === 'function' ? entry() : (entry ?? NO_SUCH_NAME);
    };

  return {
    lookupTxt: lookup('txt'),
    lookupMx: lookup('mx'),
    lookupA: lookup('a'),
    lookupAaaa: lookup('aaaa'),
    lookupTlsa: lookup('tlsa'),
    lookupNs: lookup('ns'),
    lookupCaa: lookup('caa'),
    close: () => {
      closed = true;
    },
    set: (key, entry) => void entries.set(key, entry),
    remove: (key) => void entries.delete(key),
    lookups,
    count: (key) => lookups.filter((seen) => seen === key).length,
  };
}

/** What can be said of an answer beside its records. */
export type AnswerDetails = Partial<Omit<DnsAnswer<unknown>, 'kind' | 'records'>>;

/** An answer as a test wants it; by default unsigned, without CNAMEs, good for 300 seconds. */
export function fakeAnswer<T>(records: readonly T[], details: AnswerDetails = {}): DnsAnswer<T> {
  return {
    kind: 'answer',
    rcode: 'NOERROR',
    cnames: [],
    authenticated: false,
    ttlSeconds: 300,
    server: '192.0.2.53:53',
    ...details,
    records,
  };
}

/** A failure as a test wants it. */
export function fakeFailure(code: DnsFailureCode, message = `Cannot look up: ${code}`): DnsFailure {
  return { kind: 'failure', code, message };
}
