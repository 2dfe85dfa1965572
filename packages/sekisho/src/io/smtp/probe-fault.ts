import type { ProbeCode } from './mx-prober.ts';

/** Carries a finding from the step that failed to the prober, which turns it into a value. */
export class ProbeFault extends Error {
  override readonly name = 'ProbeFault';
  readonly code: Exclude<ProbeCode, 'ok'>;

  /** @param message what was seen; printable. */
  constructor(code: Exclude<ProbeCode, 'ok'>, message: string) {
    super(message);
    this.code = code;
  }
}
