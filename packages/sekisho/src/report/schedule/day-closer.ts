import { hash } from 'node:crypto';
import type { Domain } from '@sekisho/spec';
import { type LookedUpRecord, makeReport } from '../day/index.ts';
import { nextUtcDay, type UtcDay, utcDayOf, utcDayStartMs } from '../store/index.ts';
import type { ReporterContext } from './reporter.ts';

const DAY_MS = 86_400_000;
/** A record that the DNS did not tell, or a report that could not be made. */
const AGAIN_MS = 900_000;
const DOMAINS_AT_ONCE = 500;

/** Makes the reports of days that are over. */
export class DayCloser {
  readonly #context: ReporterContext;
  readonly #isEnding: () => boolean;
  readonly #startedAtMs: number;
  /** Of a domain's day: when its record is looked up again. */
  readonly #postponed = new Map<string, number>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(context: ReporterContext, isEnding: () => boolean) {
    this.#context = context;
    this.#isEnding = isEnding;
    this.#startedAtMs = context.clock.now();
  }

  /** All days that are over, the oldest first. @throws {IoError} of the store. */
  async closeDays(): Promise<void> {
    const { store, clock, settings } = this.#context;
    for (const day of await store.listOpenDays()) {
      const isOver = utcDayStartMs(nextUtcDay(day)) + settings.graceMs <= clock.now();
      if (isOver && !this.#isEnding()) await this.closeDay(day);
    }
  }

  /** One that is over, be the grace over or not; one day at a time, whoever asks. @throws {IoError} of the store. */
  closeDay(day: UtcDay): Promise<void> {
    const turn = this.#last.then(() => this.#makeAll(day));
    this.#last = turn.then(
      () => undefined,
      () => undefined, // whoever asked is told
    );
    return turn;
  }

  async #makeAll(day: UtcDay): Promise<void> {
    const { store, clock, log, settings } = this.#context;
    await store.sealDay(day);
    let after: Domain | undefined;
    do {
      const domains = await store.listUnreported(day, DOMAINS_AT_ONCE, after);
      const tryOne = (domain: Domain): Promise<void> => this.#tryOne(day, domain);
      await forEach(domains, settings.lookups, tryOne, this.#isEnding);
      after = domains.at(-1);
    } while (after !== undefined && !this.#isEnding());
    if (this.#isEnding() || (await store.listUnreported(day, 1)).length > 0) return;
    await store.closeDay(day);
    log.info('day closed', { day, dryRun: settings.dryRun });
    await store.forgetBefore(utcDayOf(clock.now() - settings.keptDays * DAY_MS));
  }

  /** A domain that cannot be reported must not stand in the way of the others. */
  async #tryOne(day: UtcDay, domain: Domain): Promise<void> {
    const { clock, log } = this.#context;
    try {
      await this.#makeOne(day, domain);
    } catch (error) {
      if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
      this.#postponed.set(`${day} ${domain}`, clock.now() + AGAIN_MS);
      log.error('report cannot be made', { day, domain, error });
    }
  }

  async #makeOne(day: UtcDay, domain: Domain): Promise<void> {
    const { clock, settings } = this.#context;
    const key = `${day} ${domain}`;
    if ((this.#postponed.get(key) ?? 0) > clock.now()) return;
    const looked = await lookUp(this.#context, domain);
    const fromMs = this.#sendingFromMs(day);
    if (looked.kind === 'unreachable' && clock.now() < fromMs + settings.lookupRetryMs) {
      this.#postponed.set(key, clock.now() + AGAIN_MS);
      return;
    }
    await putReport(this.#context, { day, domain, looked, fromMs });
    this.#postponed.delete(key);
  }

  /** When sending may begin; days missed while the service stood still are spread as well. */
  #sendingFromMs(day: UtcDay): number {
    const graceEndMs = utcDayStartMs(nextUtcDay(day)) + this.#context.settings.graceMs;
    return Math.max(graceEndMs, this.#startedAtMs);
  }
}

async function lookUp(
  { lookupRecord, log }: Pick<ReporterContext, 'lookupRecord' | 'log'>,
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
  { store, clock, log, settings, tally }: ReporterContext,
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

/** How long after the day's end the report about a domain leaves: evenly spread, and the same after a restart. RFC 8460 §4.1. */
function spreadOverMs(day: UtcDay, domain: Domain, spreadMs: number): number {
  const share = hash('sha256', `spread\n${day}\n${domain}`, 'buffer').readUInt32BE(0) / 2 ** 32;
  return Math.floor(share * spreadMs);
}
