import type { OutgoingPost, PostOutcome, ReportPost } from './report-post.ts';

/** A collector for tests: takes everything, or answers what it is told to. */
export interface FakeReportPost extends ReportPost {
  /** What went out, in order. */
  readonly sent: readonly OutgoingPost[];
  /** The outcome of the reports to come; `unknown` and `taken` come after the commit. */
  outcome: PostOutcome;
}

export function createFakeReportPost(): FakeReportPost {
  const sent: OutgoingPost[] = [];
  return {
    sent,
    outcome: { kind: 'taken', detail: 'status is 201' },
    async post(post, { beforeCommit, signal }) {
      if (signal?.aborted === true) return { kind: 'later', problem: 'cancelled' };
      if (this.outcome.kind === 'later' || this.outcome.kind === 'refused') return this.outcome;
      try {
        await beforeCommit();
      } catch (error) {
        return { kind: 'later', problem: `held back: ${String(error)}` };
      }
      sent.push(post);
      return this.outcome;
    },
  };
}
