/** Reports to collectors over HTTPS (RFC 8460 §5.4): the port, the real client, and one for tests. */
export { createFakeReportPost, type FakeReportPost } from './fake-report-post.ts';
export { createReportPost, type ReportPostOptions } from './create-report-post.ts';
export type { OutgoingPost, PostOptions, PostOutcome, ReportPost } from './report-post.ts';
