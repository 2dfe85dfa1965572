import type { AlertBook } from '../../alert/index.ts';
import type { Clock } from '../../io/clock/index.ts';
import type { Log } from '../../io/log/index.ts';
import type { AlertChannel } from './alert-channels.ts';
import type { AlertCode, ToldAlert } from './format-alert.ts';

export interface AlertTellerOptions {
  readonly book: Pick<AlertBook<AlertCode>, 'undelivered' | 'confirm' | 'onNews' | 'toldTo'>;
  readonly channels: readonly AlertChannel[];
  readonly clock: Clock;
  readonly log: Log;
}

/** After a failure a channel rests that long, twice as long after each further one, and `LONGEST_REST_MS` at most. */
const FIRST_REST_MS = 60_000;
const LONGEST_REST_MS = 600_000;

/**
 * Tells what is in the book of alerts by every channel: one alert at a time by each, and again later what failed, also
 * after a restart. A channel that fails holds up no other, and an alert that cannot be told no other alert. What waits is
 * bounded by the book.
 */
export class AlertTeller {
  readonly #options: AlertTellerOptions;
  readonly #queues: readonly ChannelQueue[];
  #stopListening = (): void => undefined;

  constructor(options: AlertTellerOptions) {
    this.#options = options;
    this.#queues = options.channels.map(
      (channel) => new ChannelQueue(channel, options, (alert) => this.#told(alert, [channel.name])),
    );
  }

  /** Tells what there is, and all that comes from then on. */
  start(): void {
    const { book } = this.#options;
    this.#stopListening = book.onNews((news) => this.#collect(news));
    this.#collect(book.undelivered());
  }

  /** Breaks off what is being told; like what waits, it is told after the next start. */
  async close(): Promise<void> {
    this.#stopListening();
    await Promise.all(this.#queues.map((queue) => queue.close()));
  }

  #collect(news: readonly ToldAlert[]): void {
    for (const alert of news) {
      // Somebody may have been told before a restart, or be gone from the settings since.
      this.#told(alert, []);
      for (const queue of this.#queues) if (!alert.toldTo.includes(queue.name)) queue.add(alert);
    }
  }

  #told(alert: ToldAlert, names: readonly string[]): void {
    const { book } = this.#options;
    const all = new Set([...book.toldTo(alert.key), ...names]);
    const isDelivered = this.#queues.every(({ name }) => all.has(name));
    if (isDelivered || names.length > 0) book.confirm(alert, names, isDelivered);
  }
}

/** What has still to be told by one channel. */
class ChannelQueue {
  readonly #channel: AlertChannel;
  readonly #options: Pick<AlertTellerOptions, 'clock' | 'log'>;
  readonly #onTold: (alert: ToldAlert) => void;
  /** By key: later news of an alert takes the place of what was not told yet. */
  readonly #waiting = new Map<string, ToldAlert>();
  #running: Promise<void> | undefined;
  #failures = 0;
  #cancelRest: (() => void) | undefined;
  readonly #closing = new AbortController();

  constructor(
    channel: AlertChannel,
    options: Pick<AlertTellerOptions, 'clock' | 'log'>,
    onTold: (alert: ToldAlert) => void,
  ) {
    this.#channel = channel;
    this.#options = options;
    this.#onTold = onTold;
  }

  get name(): string {
    return this.#channel.name;
  }

  add(alert: ToldAlert): void {
    this.#waiting.set(alert.key, alert);
    this.#run();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#cancelRest?.();
    await this.#running;
  }

  #run(): void {
    const isResting = this.#cancelRest !== undefined;
    const isIdle = this.#waiting.size === 0 || this.#running !== undefined;
    if (this.#closing.signal.aborted || isResting || isIdle) return;
    this.#running = this.#tellAll().finally(() => {
      this.#running = undefined;
      // What came in the last moment.
      this.#run();
    });
  }

  async #tellAll(): Promise<void> {
    for (let next = this.#first(); next !== undefined; next = this.#first()) {
      const { key } = next;
      this.#waiting.delete(key);
      const problem = await this.#tell(next);
      if (problem === undefined) {
        this.#failures = 0;
        this.#onTold(next);
      } else {
        // Behind the others, so that one that is never taken does not hold them up.
        if (!this.#waiting.has(key)) this.#waiting.set(key, next);
        this.#rest(next, problem);
        return;
      }
    }
  }

  #first(): ToldAlert | undefined {
    return this.#closing.signal.aborted ? undefined : this.#waiting.values().next().value;
  }

  async #tell(alert: ToldAlert): Promise<string | undefined> {
    try {
      return await this.#channel.send(alert, this.#closing.signal);
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  #rest({ key }: ToldAlert, problem: string): void {
    if (this.#closing.signal.aborted) return;
    const { clock, log } = this.#options;
    const restMs = Math.min(FIRST_REST_MS * 2 ** Math.min(this.#failures, 10), LONGEST_REST_MS);
    this.#failures += 1;
    const nextAttempt = new Date(clock.now() + restMs).toISOString();
    log.error('an alert cannot be told', { key, channel: this.name, problem, nextAttempt });
    this.#cancelRest = clock.after(restMs, () => {
      this.#cancelRest = undefined;
      this.#run();
    });
  }
}
