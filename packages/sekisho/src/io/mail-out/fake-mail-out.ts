import type { MailHandOver, MailOut, OutgoingMail } from './mail-out.ts';

/** A mail server for tests: takes everything, or answers what it is told to. */
export interface FakeMailOut extends MailOut {
  /** What went out to the end, in order. */
  readonly sent: readonly OutgoingMail[];
  /** The outcome of the messages to come; `later` and `refused` come before the end goes out. */
  outcome: MailHandOver;
}

export function createFakeMailOut(): FakeMailOut {
  const sent: OutgoingMail[] = [];
  return {
    sent,
    outcome: { kind: 'taken', detail: '"250 2.0.0 Ok"' },
    async handOver(mail, { beforeCommit, signal }) {
      if (signal?.aborted === true) return { kind: 'later', problem: 'cancelled' };
      if (this.outcome.kind === 'later' || this.outcome.kind === 'refused') return this.outcome;
      try {
        await beforeCommit();
      } catch (error) {
        return { kind: 'later', problem: `held back: ${String(error)}` };
      }
      sent.push(mail);
      return this.outcome;
    },
  };
}
