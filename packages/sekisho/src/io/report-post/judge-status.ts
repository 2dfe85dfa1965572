import { readRetryAfter } from '../acme/index.ts';
import type { PostOutcome } from './report-post.ts';
import type { PostAnswer } from './send-request.ts';

/**
 * What is said of the report itself, or for good: the same bytes would get the same answer. The others, 404 and
 * redirects among them, tell of a collector that is not as it should be and can be mended within the 24 hours of
 * RFC 8460 §5.5.
 */
const FOR_GOOD = new Set([400, 410, 413, 414, 415, 422]);

/** Reads the status of an answer (RFC 8460 §5.4). */
export function judgeStatus(
  { status, retryAfter }: Omit<PostAnswer, 'rest'>,
  nowMs: number,
): PostOutcome {
  if (status >= 200 && status < 300) return { kind: 'taken', detail: `status is ${status}` };
  const problem = `status is ${status}, must be 2xx (RFC 8460 §5.4)`;
  if (FOR_GOOD.has(status)) return { kind: 'refused', problem };
  const retryAfterMs = readRetryAfter(retryAfter, nowMs);
  return { kind: 'later', problem, ...(retryAfterMs !== undefined && { retryAfterMs }) };
}
