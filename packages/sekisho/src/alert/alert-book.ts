import type { Clock } from '../io/clock/index.ts';
import type { Log } from '../io/log/index.ts';
import type { Alert, AlertRules, AlertState, EndedAlert, Findings } from './alert.ts';
import type { AlertStore } from './alert-store.ts';
import { decideAlerts } from './decide-alerts.ts';

/** Takes what is found. Never throws, and nothing waits for what it does. */
export interface AlertSink<Code extends string = string> {
  /** @returns what there is to tell of it; for the log and the history of whoever found it. */
  note(findings: Findings<Code>): readonly AlertState<Code>[];
  /** It was found. Whether that is news. */
  raise(alert: Alert<Code>): boolean;
  /** It was seen to be over. Whether that is news. */
  end(ended: EndedAlert<Code>): boolean;
  /** What stands, for a look that has to say which of it is over. */
  standing(): readonly AlertState<Code>[];
}

export interface AlertBookOptions<Code extends string> {
  readonly store: AlertStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly rules: AlertRules<Code>;
  /** Alerts at the same time; those beyond are logged. Default 20,000. */
  readonly most?: number;
}

const DAY_MS = 86_400_000;
/** How long one that is over stays in the table, to be looked at. */
const KEPT_MS = 30 * DAY_MS;
const WRITE_AGAIN_MS = 60_000;

/**
 * The alerts of one role: decides what is news, keeps it in the role's store, and lists what has still to be told. All of
 * it is in memory, so that alerts are raised also while the store cannot be written; one book at a time may use a store.
 */
export class AlertBook<Code extends string = string> implements AlertSink<Code> {
  readonly #options: AlertBookOptions<Code>;
  readonly #states: Map<string, AlertState<Code>>;
  readonly #unwritten = new Map<string, AlertState<Code>>();
  readonly #listeners = new Set<(news: readonly AlertState<Code>[]) => void>();
  #writing: Promise<void> | undefined;
  /** Set while a write that failed waits to be tried again; calling it cancels that. */
  #cancelRetry: (() => void) | undefined;
  #isClosed = false;
  #isFull = false;

  /** @throws {IoError} of the store. */
  static async open<Code extends string>(
    options: AlertBookOptions<Code>,
  ): Promise<AlertBook<Code>> {
    return new AlertBook(options, await options.store.listAlerts());
  }

  private constructor(options: AlertBookOptions<Code>, states: readonly AlertState[]) {
    this.#options = options;
    // A code that an earlier version wrote and this one does not know cannot be found any more.
    const known = states.filter(({ code }) => Object.hasOwn(options.rules, code));
    this.#states = new Map(known.map((state) => [state.key, state as AlertState<Code>]));
  }

  note(findings: Findings<Code>): readonly AlertState<Code>[] {
    const { clock, rules } = this.#options;
    const news = decideAlerts(findings, this.#states, clock.now(), rules).filter((state) =>
      this.#hasRoom(state),
    );
    for (const state of news) this.#put(state);
    if (news.length > 0) for (const listener of this.#listeners) listener(news);
    return news;
  }

  raise(alert: Alert<Code>): boolean {
    return this.note({ alerts: [alert], over: [] }).length > 0;
  }

  end(ended: EndedAlert<Code>): boolean {
    return this.note({ alerts: [], over: [ended] }).length > 0;
  }

  /** Ends all that stands about a domain, which is gone. */
  endAbout(domain: string, message: string): void {
    const about = this.standing().filter(({ subject }) => subject.domain === domain);
    this.note({ alerts: [], over: about.map(({ code, subject }) => ({ code, subject, message })) });
  }

  standing(): readonly AlertState<Code>[] {
    return [...this.#states.values()].filter(({ endedAtMs }) => endedAtMs === undefined);
  }

  /** What has to be told to somebody still, in the order in which it was decided. */
  undelivered(): readonly AlertState<Code>[] {
    return [...this.#states.values()]
      .filter(({ isDelivered }) => !isDelivered)
      .toSorted((a, b) => a.toldAtMs - b.toldAtMs);
  }

  /** Notes who has taken what was told; without effect if there has been other news of it meanwhile. */
  confirm(told: AlertState, toldTo: readonly string[], isDelivered: boolean): void {
    const state = this.#states.get(told.key);
    if (state?.toldAtMs !== told.toldAtMs || state.kind !== told.kind) return;
    this.#put({ ...state, toldTo: [...new Set([...state.toldTo, ...toldTo])], isDelivered });
  }

  /** The channels that have taken the latest news of an alert. */
  toldTo(key: string): readonly string[] {
    return this.#states.get(key)?.toldTo ?? [];
  }

  /** Calls whenever there is something to tell; returns what ends that. */
  onNews(listener: (news: readonly AlertState<Code>[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Writes what is not written yet. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelRetry?.();
    this.#cancelRetry = undefined;
    await this.#writing;
    this.#write();
    await this.#writing;
  }

  #hasRoom({ key, code }: AlertState<Code>): boolean {
    const { most = 20_000, log } = this.#options;
    const hasRoom = this.#states.has(key) || this.#states.size < most;
    if (!hasRoom && !this.#isFull)
      log.error('too many alerts; further ones are not told', { code });
    this.#isFull = !hasRoom;
    return hasRoom;
  }

  #put(state: AlertState<Code>): void {
    const isDone = state.isDelivered && state.endedAtMs !== undefined;
    if (isDone) this.#states.delete(state.key);
    else this.#states.set(state.key, state);
    this.#unwritten.set(state.key, state);
    this.#write();
  }

  #write(): void {
    if (this.#unwritten.size === 0 || this.#writing !== undefined) return;
    if (this.#cancelRetry !== undefined) return;
    this.#writing = this.#writeAll().finally(() => {
      this.#writing = undefined;
      // What came in the last moment; what failed is tried again by the clock.
      if (!this.#isClosed) this.#write();
    });
  }

  #writeAgain(): void {
    this.#cancelRetry = undefined;
    this.#write();
  }

  /** What comes while it is written is written together, next. */
  async #writeAll(): Promise<void> {
    const { store, clock, log } = this.#options;
    await Promise.resolve();
    while (this.#unwritten.size > 0) {
      const batch = [...this.#unwritten.values()];
      try {
        await store.putAlerts(batch, clock.now() - KEPT_MS);
      } catch (error) {
        log.error('what was told of alerts cannot be kept', { error });
        if (!this.#isClosed)
          this.#cancelRetry = clock.after(WRITE_AGAIN_MS, () => this.#writeAgain());
        return;
      }
      for (const state of batch)
        if (this.#unwritten.get(state.key) === state) this.#unwritten.delete(state.key);
    }
  }
}
