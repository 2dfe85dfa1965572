import { type Domain, parseDomain } from '@sekisho/spec';
import {
  type Attempt,
  createAttempt,
  createOpener,
  createTrust,
  FetchFault,
  type OpenerOptions,
} from '../https/index.ts';
import { judgeStatus, secure, sendRequest } from './send-request.ts';
import type { OutgoingPost, PostOutcome, ReportPost } from './report-post.ts';

export interface ReportPostOptions extends OpenerOptions {
  /** PEM certificates that replace the default trust store (Mozilla's, as built into Node). */
  readonly ca?: readonly string[];
  /** For names, connection, TLS, request and answer together; default 60,000. */
  readonly deadlineMs?: number;
  /**
   * Whether a collector gets reports though its certificate is not valid; default true. RFC 8460 §3 allows it, and §7
   * holds a lost report for worse than one that others read.
   */
  readonly acceptsInvalidCertificates?: boolean;
}

interface Target {
  readonly url: URL;
  readonly host: Domain;
  readonly port: number;
}

/** @throws TypeError when an option cannot be used. */
export function createReportPost(options: ReportPostOptions): ReportPost {
  const { clock, deadlineMs = 60_000 } = options;
  const send = createSend(options);
  return {
    async post(post, { beforeCommit, signal }) {
      const target = readTarget(post.url);
      if (target === undefined) return { kind: 'refused', problem: 'URL is not usable' };
      const attempt = createAttempt(clock);
      const cancel = (): void => attempt.cancel(new FetchFault('network', 'cancelled'));
      signal?.addEventListener('abort', cancel);
      if (signal?.aborted === true) cancel();
      const progress: Progress = { beforeCommit, isSent: false };
      try {
        attempt.begin(deadlineMs);
        return await attempt.orCancelled(send(target, post, progress, attempt));
      } catch (error) {
        return progress.outcome ?? toOutcome(error, progress.isSent);
      } finally {
        signal?.removeEventListener('abort', cancel);
        attempt.end();
      }
    },
  };
}

/** How far a post has come; what it is when the deadline ends it. */
interface Progress {
  readonly beforeCommit: () => Promise<void>;
  /** From here on no silence means "not taken". */
  isSent: boolean;
  /** Stands once there is a status, whatever becomes of the rest of the answer. */
  outcome?: PostOutcome;
}

function createSend(options: ReportPostOptions) {
  const { clock, acceptsInvalidCertificates = true } = options;
  const open = createOpener(options);
  const trust = createTrust(options.ca);
  return async (
    { url, host, port }: Target,
    post: OutgoingPost,
    progress: Progress,
    attempt: Attempt,
  ): Promise<PostOutcome> => {
    attempt.signal.throwIfAborted();
    const socket = await open(host, port, attempt);
    const { tls, certificateProblem } = await secure(socket, host, trust, attempt);
    if (certificateProblem !== undefined && !acceptsInvalidCertificates)
      return { kind: 'later', problem: `certificate is not valid: ${certificateProblem}` };
    await progress.beforeCommit();
    attempt.signal.throwIfAborted();
    if (tls.destroyed) throw new FetchFault('network', 'connection was broken off');
    attempt.stage = 'http';
    progress.isSent = true;
    const answer = await sendRequest(tls, url, post);
    progress.outcome = noteCertificate(judgeStatus(answer, clock.now()), certificateProblem);
    await answer.rest;
    return progress.outcome;
  };
}

function noteCertificate(outcome: PostOutcome, problem: string | undefined): PostOutcome {
  if (outcome.kind !== 'taken' || problem === undefined) return outcome;
  return { ...outcome, detail: `${outcome.detail}; certificate is not valid: ${problem}` };
}

/** Only hosts with a name: a certificate for an address, and a stranger who names one, are both suspect. */
function readTarget(text: string): Target | undefined {
  const url = URL.parse(text);
  if (url === null || url.protocol !== 'https:' || url.username !== '' || url.password !== '')
    return undefined;
  const host = parseDomain(url.hostname);
  if (!host.ok) return undefined;
  return { url, host: host.value, port: url.port === '' ? 443 : Number(url.port) };
}

function toOutcome(error: unknown, isSent: boolean): PostOutcome {
  const problem = error instanceof Error ? error.message : String(error);
  if (isSent) return { kind: 'unknown', problem };
  const isForbidden = error instanceof FetchFault && error.code === 'address-refused';
  return { kind: isForbidden ? 'refused' : 'later', problem };
}
