import type { Clock } from '../../io/clock/index.ts';
import { IoError } from '../../io/error.ts';
import { escapeText } from '../../io/log/index.ts';
import type { PublishAlertCode, PublishAlertSink } from './publish-alerts.ts';

/** Failing work that is told apart; what fails beyond is known to fail, not by name. */
const MOST_NAMES = 10_000;

const DAY_MS = 86_400_000;

export interface WorkAlertOptions {
  readonly alerts: PublishAlertSink;
  readonly clock: Clock;
  readonly code: PublishAlertCode;
  /** The work in messages, such as `Certificates cannot be looked after`. */
  readonly what: string;
  /** What has not failed again for so long is not tried any more, and does not count. Default a day. */
  readonly forgetMs?: number;
}

/**
 * The alert that work of one kind fails, for an error of the store, of the disk or in the program: it stands until all
 * that failed has succeeded.
 */
export class WorkAlert {
  readonly #options: WorkAlertOptions;
  /** When each failed last. */
  readonly #failing = new Map<string, number>();

  constructor(options: WorkAlertOptions) {
    this.#options = options;
  }

  /** @param name what failed, such as a domain. */
  failed(name: string, error: unknown): void {
    const { alerts, clock, code, what } = this.#options;
    if (this.#failing.has(name) || this.#failing.size < MOST_NAMES)
      this.#failing.set(name, clock.now());
    const reason = escapeText(error instanceof Error ? error.message : String(error));
    alerts.raise({
      code,
      subject: {},
      severity: 'error',
      message: `${what} (${escapeText(name)}): ${reason}`,
      remedy:
        'See the log, and whether the state directory can be written and its disk has free space; it is tried again by itself.',
      aspects: [error instanceof IoError ? error.code : 'defect'],
    });
  }

  succeeded(name: string): void {
    const { alerts, clock, code, forgetMs = DAY_MS } = this.#options;
    this.#failing.delete(name);
    for (const [other, atMs] of this.#failing)
      if (clock.now() - atMs >= forgetMs) this.#failing.delete(other);
    if (this.#failing.size > 0) return;
    alerts.end({ code, subject: {}, message: 'What failed has succeeded since.' });
  }
}
