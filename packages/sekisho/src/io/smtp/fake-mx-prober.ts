import { type MxProbe, type MxProber, type ProbeCode, resultTypeOf } from './mx-prober.ts';

/** What a look finds, or what makes it at each look. */
export type FakeProbes =
  | readonly MxProbe[]
  | (() => readonly MxProbe[] | Promise<readonly MxProbe[]>);

/** MX hosts from a table, for tests. */
export interface FakeMxProber extends MxProber {
  /** Puts a host into the table, in place of the one that was there. */
  set(mxHost: string, probes: FakeProbes): void;
  /** Every host looked at so far, in order. */
  readonly looks: readonly string[];
}

/** One finding as a test wants it; by default all is well at 192.0.2.25. */
export function fakeProbe(
  mxHost: string,
  code: ProbeCode = 'ok',
  details: Partial<MxProbe> = {},
): MxProbe {
  const resultType = resultTypeOf(code);
  return {
    mxHost,
    ...(code !== 'no-address' && code !== 'dns-failed' && { address: '192.0.2.25' }),
    code,
    ...(resultType !== undefined && { resultType }),
    detail: code === 'ok' ? 'TLSv1.3, TLS_AES_256_GCM_SHA384' : code,
    durationMs: 1,
    ...details,
  };
}

/** Makes a prober that answers from a table. What is not in it has no address. */
export function createFakeMxProber(hosts: Readonly<Record<string, FakeProbes>> = {}): FakeMxProber {
  const table = new Map(Object.entries(hosts));
  const looks: string[] = [];
  return {
    looks,
    set: (mxHost, probes) => void table.set(mxHost, probes),
    async probe(mxHost) {
      looks.push(mxHost);
      const found = table.get(mxHost) ?? [fakeProbe(mxHost, 'no-address')];
      return typeof found === 'function' ? found() : found;
    },
  };
}
