import type { Clock } from '../../io/clock/index.ts';
import { type Delivery, destinationHost } from '../store/index.ts';
import { type Carrying, carryReport, tellEnd } from './carry-report.ts';
import { settleAttempt } from './delivery-changes.ts';
import type { OutcomeWriter } from './outcome-writer.ts';
import type { ReporterContext } from './reporter.ts';

/** When the service ends, an answer that may still come is waited for so long. */
const LAST_ANSWER_MS = 10_000;

interface UnderWay {
  readonly carrying: Carrying;
  readonly done: Promise<void>;
}

/** Sends what is due, so many at once as is allowed. */
export class DeliveryQueue {
  readonly #context: ReporterContext;
  readonly #outcomes: OutcomeWriter;
  readonly #load: DestinationLoad;
  readonly #underWay = new Map<string, UnderWay>();
  readonly #reserved = new Map<string, number>();
  /** Those that ended while the list of what is due was asked for; the list may not know it. */
  readonly #justEnded = new Set<string>();
  #isFilling = false;
  #isWantedAgain = false;
  #isClosed = false;
  #restsUntilMs = 0;
  #cancel = (): void => undefined;

  constructor(context: ReporterContext, outcomes: OutcomeWriter) {
    this.#context = context;
    this.#outcomes = outcomes;
    this.#load = new DestinationLoad(context.clock, context.settings);
  }

  /** Begins what is due and has a place. Never rejects. */
  async fill(): Promise<void> {
    const { clock, log, settings } = this.#context;
    this.#isWantedAgain = true;
    if (this.#isFilling) return;
    this.#isFilling = true;
    try {
      // Whoever asks while the store is asked may know of a place that the answer does not.
      while (this.#isWantedAgain && this.#canBegin()) {
        this.#isWantedAgain = false;
        if ((await this.#beginSome()) > 0) this.#isWantedAgain = true;
      }
    } catch (error) {
      this.#restsUntilMs = clock.now() + settings.pollMs;
      log.error('reports that are due cannot be read from the store', { error });
    } finally {
      this.#isFilling = false;
    }
    this.#wakeWhenRested();
  }

  /** Begins nothing of a report until the function returned is called. */
  reserve(reportId: string): () => void {
    this.#reserved.set(reportId, (this.#reserved.get(reportId) ?? 0) + 1);
    return () => {
      const left = (this.#reserved.get(reportId) ?? 1) - 1;
      if (left === 0) this.#reserved.delete(reportId);
      else this.#reserved.set(reportId, left);
      void this.fill();
    };
  }

  isUnderWay(delivery: Pick<Delivery, 'reportId' | 'place'>): boolean {
    return this.#underWay.has(keyOf(delivery));
  }

  /** Begins no more; calls back what can be, and waits for the rest. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancel();
    const all = [...this.#underWay.values()];
    for (const { carrying } of all) carrying.callBack();
    const stop = this.#context.clock.after(LAST_ANSWER_MS, () => {
      for (const { carrying } of all) carrying.cut();
    });
    await Promise.all(all.map(({ done }) => done));
    stop();
  }

  #canBegin(): boolean {
    const { settings, clock } = this.#context;
    return (
      !this.#isClosed &&
      !settings.dryRun &&
      !this.#outcomes.hasUnstored &&
      this.#restsUntilMs <= clock.now() &&
      this.#underWay.size < settings.concurrency
    );
  }

  /** Begins what the store lists; tells how many. */
  async #beginSome(): Promise<number> {
    const { store, clock, settings } = this.#context;
    this.#justEnded.clear();
    const limit = settings.concurrency + this.#underWay.size + this.#reserved.size * 10;
    const due = await store.listDue(clock.now(), limit, this.#load.busyHosts());
    let begun = 0;
    for (const delivery of due) {
      if (!this.#canBegin() || !this.#isFree(delivery)) continue;
      this.#begin(delivery);
      begun += 1;
    }
    return begun;
  }

  #isFree(delivery: Delivery): boolean {
    return (
      !this.isUnderWay(delivery) &&
      !this.#justEnded.has(keyOf(delivery)) &&
      !this.#reserved.has(delivery.reportId) &&
      !this.#load.isBusy(destinationHost(delivery.uri))
    );
  }

  #begin(delivery: Delivery): void {
    const key = keyOf(delivery);
    const host = destinationHost(delivery.uri);
    this.#load.begin(host);
    const carrying = carryReport(this.#context, delivery);
    const done = this.#settle(delivery, carrying, this.#context.clock.now()).finally(() => {
      this.#load.end(host);
      this.#underWay.delete(key);
      this.#justEnded.add(key);
      void this.fill();
    });
    this.#underWay.set(key, { carrying, done });
  }

  async #settle(delivery: Delivery, carrying: Carrying, startedAtMs: number): Promise<void> {
    const { store, clock, settings, random } = this.#context;
    const end = await carrying.end;
    const nowMs = clock.now();
    if (end === undefined) {
      // The store may have taken `committing` though it said no: nothing left, so it waits as before.
      this.#restsUntilMs = nowMs + settings.pollMs;
      await this.#outcomes.write(() => store.putDelivery(delivery));
      return;
    }
    const attempt = { place: delivery.place, end, startedAtMs, nowMs, chance: random() };
    await this.#outcomes.write(async () => {
      const changes = settleAttempt(await store.listDeliveries(delivery.reportId), attempt);
      if (changes.length === 0) return;
      await store.putDeliveries(changes);
      tellEnd(this.#context, changes, end);
    });
  }

  #wakeWhenRested(): void {
    this.#cancel();
    const leftMs = this.#isClosed ? undefined : this.#load.nextFreeInMs();
    this.#cancel =
      leftMs === undefined
        ? () => undefined
        : this.#context.clock.after(leftMs, () => void this.fill());
  }
}

function keyOf({ reportId, place }: Pick<Delivery, 'reportId' | 'place'>): string {
  return `${reportId} ${place}`;
}

/** How busy each destination host is kept. */
class DestinationLoad {
  readonly #clock: Clock;
  readonly #limits: { readonly perHost: number; readonly hostGapMs: number };
  readonly #hosts = new Map<string, { underWay: number; restsUntilMs: number }>();

  /**
   * @param limits.perHost under way at once to one host.
   * @param limits.hostGapMs from the end of one to the begin of the next.
   */
  constructor(clock: Clock, limits: { readonly perHost: number; readonly hostGapMs: number }) {
    this.#clock = clock;
    this.#limits = limits;
  }

  begin(host: string): void {
    const load = this.#hosts.get(host) ?? { underWay: 0, restsUntilMs: 0 };
    this.#hosts.set(host, { ...load, underWay: load.underWay + 1 });
  }

  end(host: string): void {
    const underWay = Math.max(0, (this.#hosts.get(host)?.underWay ?? 0) - 1);
    const restsUntilMs = this.#clock.now() + this.#limits.hostGapMs;
    this.#hosts.set(host, { underWay, restsUntilMs });
  }

  isBusy(host: string): boolean {
    const load = this.#hosts.get(host);
    if (load === undefined) return false;
    return load.underWay >= this.#limits.perHost || load.restsUntilMs > this.#clock.now();
  }

  busyHosts(): readonly string[] {
    for (const [host, { underWay }] of this.#hosts)
      if (underWay === 0 && !this.isBusy(host)) this.#hosts.delete(host);
    return [...this.#hosts.keys()].filter((host) => this.isBusy(host));
  }

  /** Until the first of them may be bothered again; undefined if none only rests. */
  nextFreeInMs(): number | undefined {
    const rests = [...this.#hosts.values()]
      .filter(({ underWay }) => underWay < this.#limits.perHost)
      .map(({ restsUntilMs }) => restsUntilMs - this.#clock.now())
      .filter((leftMs) => leftMs > 0);
    return rests.length === 0 ? undefined : Math.min(...rests);
  }
}
