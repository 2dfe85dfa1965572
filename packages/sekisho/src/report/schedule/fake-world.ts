import type { Domain } from '@sekisho/spec';
import { createFakeClock, type FakeClock } from '../../io/clock/index.ts';
import { createMemoryLog, type MemoryLog } from '../../io/log/index.ts';
import {
  type CountedSessions,
  createMemoryReportStore,
  destinationHost,
  type ReportStore,
} from '../store/index.ts';
import type { LookedUpRecord } from '../day/index.ts';
import type { CarryOptions, CarryResult, ReportCarrier, ReportParcel } from '../deliver/carrier.ts';
import { createReporter } from './create-reporter.ts';
import type { Reporter, ReporterSettings } from './reporter.ts';

/** How a destination answers; `commit` hands over the last bytes. */
export type Answer = (
  parcel: ReportParcel,
  options: CarryOptions,
  commit: () => Promise<void>,
) => Promise<CarryResult>;

/** All that a reporter works with, for tests: a clock that stands still, and destinations that note what reaches them. */
export interface FakeWorld {
  readonly clock: FakeClock;
  readonly log: MemoryLog;
  readonly store: ReportStore;
  /** What was handed over to the last byte, in order. */
  readonly arrived: { readonly parcel: ReportParcel; readonly atMs: number }[];
  /** When attempts began, whatever became of them. */
  readonly attempts: { readonly host: string; readonly atMs: number }[];
  /** By domain; a domain that is not in it has the record that `recordOf` gives. */
  readonly records: Map<string, LookedUpRecord>;
  readonly lookups: Domain[];
  /** By destination host. Default: takes everything. */
  readonly answers: Map<string, Answer>;
  /** A new process over the same store. */
  createReporter(settings?: Partial<ReporterSettings>, store?: ReportStore): Reporter;
}

export const take: Answer = async (_parcel, _options, commit) => {
  await commit();
  return { kind: 'taken', detail: '250 OK' };
};

export function recordOf(domain: string): string {
  return `v=TLSRPTv1; rua=mailto:tls@${domain}`;
}

export function countedFor(
  domain: string,
  changes: Partial<CountedSessions> = {},
): CountedSessions {
  return {
    day: '2026-11-23',
    domain: domain as Domain,
    record: recordOf(domain),
    source: 'datagram',
    policy: { policyType: 'no-policy-found', policyString: [], policyDomain: domain, mxHost: [] },
    isSuccess: true,
    failures: [],
    count: 1,
    ...changes,
  };
}

/** @param startMs default noon of 2026-11-23, a day before anything is due. */
export function createFakeWorld(startMs = Date.UTC(2026, 10, 23, 12)): FakeWorld {
  const clock = createFakeClock(startMs);
  const answers = new Map<string, Answer>();
  const arrived: { parcel: ReportParcel; atMs: number }[] = [];
  const attempts: { host: string; atMs: number }[] = [];
  const records = new Map<string, LookedUpRecord>();
  const lookups: Domain[] = [];
  const log = createMemoryLog();
  const store = createMemoryReportStore();
  const carrier: ReportCarrier = {
    async carry(parcel, options) {
      const host = destinationHost(parcel.destination);
      attempts.push({ host, atMs: clock.now() });
      return (answers.get(host) ?? take)(parcel, options, async () => {
        await options.beforeCommit();
        arrived.push({ parcel, atMs: clock.now() });
      });
    },
  };
  const lookupRecord = async (domain: Domain): Promise<LookedUpRecord> => {
    lookups.push(domain);
    return records.get(domain) ?? { kind: 'record', text: recordOf(domain) };
  };
  const settings: ReporterSettings = {
    organizationName: 'Example Net',
    contactInfo: 'tls@example.net',
    submitter: 'example.net' as Domain,
    pollMs: 300_000,
  };
  return {
    clock,
    log,
    store,
    arrived,
    attempts,
    records,
    lookups,
    answers,
    createReporter: (changes = {}, used = store) =>
      createReporter({
        store: used,
        carriers: { mailto: carrier, https: carrier },
        lookupRecord,
        clock,
        log,
        settings: { ...settings, ...changes },
        random: () => 0,
      }),
  };
}
