import { IoError } from '../../io/error.ts';
import { escapeText } from '../../io/log/index.ts';
import type { PublishAlertCode, PublishAlertSink } from './publish-alerts.ts';

/** Failing work that is told apart; what fails beyond is known to fail, not by name. */
const MOST_NAMES = 10_000;

/**
 * The alert that work of one kind fails, for an error of the store, of the disk or in the program: it stands until all
 * that failed has succeeded.
 */
export class WorkAlert {
  readonly #alerts: PublishAlertSink;
  readonly #code: PublishAlertCode;
  readonly #what: string;
  readonly #failing = new Set<string>();

  /** @param what the work in messages, such as `Certificates cannot be looked after`. */
  constructor(alerts: PublishAlertSink, code: PublishAlertCode, what: string) {
    this.#alerts = alerts;
    this.#code = code;
    this.#what = what;
  }

  /** @param name what failed, such as a domain. */
  failed(name: string, error: unknown): void {
    if (this.#failing.size < MOST_NAMES) this.#failing.add(name);
    const reason = escapeText(error instanceof Error ? error.message : String(error));
    this.#alerts.raise({
      code: this.#code,
      subject: {},
      severity: 'error',
      message: `${this.#what} (${escapeText(name)}): ${reason}`,
      remedy:
        'See the log, and whether the state directory can be written and its disk has free space; it is tried again by itself.',
      aspects: [error instanceof IoError ? error.code : 'defect'],
    });
  }

  succeeded(name: string): void {
    this.#failing.delete(name);
    if (this.#failing.size > 0) return;
    this.#alerts.end({
      code: this.#code,
      subject: {},
      message: 'What failed has succeeded since.',
    });
  }
}
