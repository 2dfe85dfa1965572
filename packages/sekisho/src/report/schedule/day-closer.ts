import type { Domain } from '@sekisho/spec';
import { nextUtcDay, type UtcDay, utcDayOf, utcDayStartMs } from '../store/index.ts';
import { type LookedUpRecord, makeReport } from '../day/index.ts';
import type { Workshop } from './reporter.ts';
import { spreadOverMs } from './spread.ts';

/** Makes the reports of days that are over. */
export interface DayCloser {
  /** All days that are over, the oldest first. @throws {IoError} of the store. */
  closeDays(): Promise<void>;
  /** One that is over, be the grace over or not. @throws {IoError} of the store. */
  closeDay(day: UtcDay): Promise<void>;
}

const DAY_MS = 86_400_000;
/** A record that the DNS did not tell, or a report that could not be made. */
const AGAIN_MS = 900_000;
const DOMAINS_AT_ONCE = 500;

export function createDayCloser(workshop: Workshop, isEnding: () => boolean): DayCloser {
  const { store, clock, log, settings } = workshop;
  const startedAtMs = clock.now();
  /** Of a domain's day: when its record is looked up again. */
  const postponed = new Map<string, number>();
  let last: Promise<unknown> = Promise.resolve();

  /** When sending may begin; days missed while the service stood still are spread as well. */
  const sendingFromMs = (day: UtcDay): number =>
    Math.max(utcDayStartMs(nextUtcDay(day)) + settings.graceMs, startedAtMs);

  const makeOne = async (day: UtcDay, domain: Domain): Promise<void> => {
    const key = `${day} ${domain}`;
    if ((postponed.get(key) ?? 0) > clock.now()) return;
    const looked = await lookUp(workshop, domain);
    const patientUntilMs = sendingFromMs(day) + settings.lookupPatienceMs;
    if (looked.kind === 'unreachable' && clock.now() < patientUntilMs) {
      postponed.set(key, clock.now() + AGAIN_MS);
      return;
    }
    await putReport(workshop, { day, domain, looked, fromMs: sendingFromMs(day) });
    postponed.delete(key);
  };

  /** A domain that cannot be reported must not stand in the way of the others. */
  const tryOne = async (day: UtcDay, domain: Domain): Promise<void> => {
    try {
      await makeOne(day, domain);
    } catch (error) {
      if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
      postponed.set(`${day} ${domain}`, clock.now() + AGAIN_MS);
      log.error('report cannot be made', { day, domain, error });
    }
  };

  const makeAll = async (day: UtcDay): Promise<void> => {
    await store.sealDay(day);
    let after: Domain | undefined;
    do {
      const domains = await store.listUnreported(day, DOMAINS_AT_ONCE, after);
      await forEach(domains, settings.lookups, (domain) => tryOne(day, domain), isEnding);
      after = domains.at(-1);
    } while (after !== undefined && !isEnding());
    if (isEnding() || (await store.listUnreported(day, 1)).length > 0) return;
    await store.closeDay(day);
    log.info('day closed', { day, dryRun: settings.dryRun });
    await store.forgetBefore(utcDayOf(clock.now() - settings.keptDays * DAY_MS));
  };

  /** One day at a time, whoever asks. */
  const closeDay = (day: UtcDay): Promise<void> => {
    const turn = last.then(() => makeAll(day));
    last = turn.then(
      () => undefined,
      () => undefined, // told to whoever asked
    );
    return turn;
  };
  return {
    closeDay,
    async closeDays() {
      for (const day of await store.listOpenDays()) {
        const isOver = utcDayStartMs(nextUtcDay(day)) + settings.graceMs <= clock.now();
        if (isOver && !isEnding()) await closeDay(day);
      }
    },
  };
}

async function lookUp(
  { lookupRecord, log }: Pick<Workshop, 'lookupRecord' | 'log'>,
  domain: Domain,
): Promise<LookedUpRecord> {
  try {
    return await lookupRecord(domain);
  } catch (error) {
    log.warn('record for reports could not be looked up', { domain, error });
    return { kind: 'unreachable' };
  }
}

async function putReport(
  { store, clock, log, settings, tally }: Workshop,
  given: {
    readonly day: UtcDay;
    readonly domain: Domain;
    readonly looked: LookedUpRecord;
    readonly fromMs: number;
  },
): Promise<void> {
  const { day, domain, looked, fromMs } = given;
  const sessions = await store.listSessions(day, domain);
  const firstAttemptAtMs = fromMs + spreadOverMs(day, domain, settings.spreadMs);
  const isHeld = settings.dryRun;
  const what = { day, domain, sessions, looked, nowMs: clock.now(), firstAttemptAtMs, isHeld };
  const result = makeReport(what, settings);
  if (result.kind === 'skipped') {
    await store.putReports(day, domain, [], result.why);
    tally.skipped += 1;
    log.debug('no report made', { day, domain, why: result.why });
    return;
  }
  await store.putReports(day, domain, [result.made]);
  tally.made += 1;
  const { reportId } = result.made.report;
  log.debug('report made', { day, domain, reportId });
  if (result.isShortened) log.warn('report shortened to fit', { day, domain, reportId });
}

/** So many at a time, until `isEnding`; the first failure ends it once all that have begun are through. */
async function forEach<Item>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item) => Promise<void>,
  isEnding: () => boolean,
): Promise<void> {
  const left = [...items];
  let failed = false;
  const lane = async (): Promise<void> => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) {
      if (failed || isEnding()) return;
      try {
        await work(item);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: atOnce }, lane));
  const failure = ends.find(({ status }) => status === 'rejected');
  if (failure?.status === 'rejected') throw failure.reason;
}
