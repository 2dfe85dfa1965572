import type { Domain, DomainOptions } from '@sekisho/spec';
import type { CountedSessions } from '../store/index.ts';
import { judgeText } from './judge-text.ts';
import { type LoggedFailure, parseSmtpEvent, type Peer, type SmtpEvent } from './smtp-event.ts';
import type { SyslogMessage } from './syslog-line.ts';

/** A session that the log tells of. */
export interface LoggedSession {
  /** When its line was written. */
  readonly atMs: number;
  /** Its `source` is `log`; without the record and, as the log does not tell it, without the policy. */
  readonly session: Omit<CountedSessions, 'day'>;
}

export interface LogReaderOptions extends DomainOptions {
  /** Processes whose deliveries are remembered while they go on; the one longest silent is dropped. Default 10,000. */
  readonly mostProcesses?: number;
}

/** Reads the messages of smtp(8), one after the other. */
export interface LogReader {
  /** The sessions that this message completes; messages of other programs give none. Never throws. */
  read(message: SyslogMessage): readonly LoggedSession[];
  /** Processes that are remembered. */
  readonly processes: number;
}

/** `postfix/smtp`, also of further instances and services: `postfix-out/smtp`, `postfix/relay/smtp`. */
const PROGRAM = /^[\w.-]{1,64}(?:\/[\w.-]{1,64}){0,3}\/smtp$/;
/** A delivery tries few hosts (`smtp_mx_session_limit`, `smtp_mx_address_limit`: 2 and 5 unless configured). */
const MOST_SESSIONS = 32;
/** Recipients of one delivery are logged at once; its next attempt is minutes away (`minimal_backoff_time`). */
const SAME_DELIVERY_MS = 30_000;
/** So long after its last summary a Postfix is taken for one that writes none. */
const SUMMARIES_MS = 86_400_000;

const HANDSHAKE_FAILED: LoggedFailure = {
  resultType: 'validation-failure',
  reason: 'tls-handshake-failure',
};

interface Attempt {
  readonly peer: Peer | undefined;
  failure: LoggedFailure | undefined;
}

interface Process {
  attempts: Attempt[];
  /** What is wrong with the certificate of the host spoken to. */
  certificate: { readonly peer: Peer; readonly failure: LoggedFailure } | undefined;
  /** The delivery told last. */
  told: { readonly queueId: string; readonly atMs: number } | undefined;
}

/**
 * The sessions in the log of a Postfix that has no datagram socket. One with TLSRPT (3.10 and later) sums each up in
 * a line, and then only these count. Before that, a session is a TLS handshake, and what its process then says about
 * a recipient tells the domain; needs `smtp_tls_loglevel = 1`. Delivery without TLS says nothing, since it may be
 * wanted so, nor does one for a relay host, which is told as one for the recipient's domain.
 *
 * A certificate that nobody had to verify is a success under no policy (RFC 8460 §4.2).
 */
export function createLogReader({
  mostProcesses = 10_000,
  ...options
}: LogReaderOptions = {}): LogReader {
  const processes = new Map<number, Process>();
  let summaryAtMs = Number.NEGATIVE_INFINITY;

  const take = (pid: number): Process => {
    const process = processes.get(pid) ?? {
      attempts: [],
      certificate: undefined,
      told: undefined,
    };
    processes.delete(pid);
    processes.set(pid, process);
    if (processes.size > mostProcesses) {
      const [eldest] = processes.keys();
      if (eldest !== undefined) processes.delete(eldest);
    }
    return process;
  };

  return {
    get processes() {
      return processes.size;
    },
    read({ atMs, program, pid, message }) {
      if (!PROGRAM.test(program)) return [];
      const event = parseSmtpEvent(message, options);
      if (event === undefined) return [];
      if (event.kind === 'summary') {
        summaryAtMs = atMs;
        processes.clear();
        return [toSession(atMs, event.domain, event)];
      }
      if (atMs - summaryAtMs < SUMMARIES_MS) return [];
      return follow(take(pid), event, atMs);
    },
  };
}

function follow(
  process: Process,
  event: Exclude<SmtpEvent, { kind: 'summary' }>,
  atMs: number,
): readonly LoggedSession[] {
  switch (event.kind) {
    case 'certificate':
      process.certificate = event;
      return [];
    case 'established':
      addAttempt(process, { peer: event.peer, failure: undefined });
      return [];
    case 'handshake-failed':
      addAttempt(process, { peer: event.peer, failure: HANDSHAKE_FAILED });
      return [];
    case 'host-failed':
      applyText(process, event.text, undefined);
      return [];
    case 'delivery':
      return conclude(process, event, atMs);
  }
}

/** A delivery that is told: its sessions get their domain. */
function conclude(
  process: Process,
  { queueId, domain, peer, text }: Extract<SmtpEvent, { kind: 'delivery' }>,
  atMs: number,
): readonly LoggedSession[] {
  const { told, attempts } = process;
  const isNextRecipient =
    told?.queueId === queueId && atMs - told.atMs < SAME_DELIVERY_MS && attempts.length === 0;
  if (!isNextRecipient) applyText(process, text, peer);
  const sessions = process.attempts.map((attempt) => toSession(atMs, domain, attempt));
  process.attempts = [];
  process.certificate = undefined;
  process.told = { queueId, atMs };
  return sessions;
}

/** What a status says of the host spoken to last, or of one to which TLS did not come about. */
function applyText(process: Process, text: string, relay: Peer | undefined): void {
  const last = process.attempts.at(-1);
  const { certificate } = process;
  const isOfLast = certificate !== undefined && certificate.peer.ip === last?.peer?.ip;
  const verdict = judgeText(text, isOfLast ? certificate.failure : undefined);
  if (verdict === undefined) return;
  const { failure, isAfterHandshake } = verdict;
  const peer = verdict.peer ?? relay;
  const isKnown = last !== undefined && (peer === undefined || last.peer?.ip === peer.ip);
  if (isKnown && (isAfterHandshake || last.failure !== undefined)) last.failure ??= failure;
  else addAttempt(process, { peer, failure });
}

function addAttempt(process: Process, attempt: Attempt): void {
  if (process.attempts.length < MOST_SESSIONS) process.attempts.push(attempt);
}

function toSession(
  atMs: number,
  domain: Domain,
  {
    peer,
    failure,
  }: { readonly peer: Peer | undefined; readonly failure?: LoggedFailure | undefined },
): LoggedSession {
  const details = failure && {
    resultType: failure.resultType,
    ...(peer === undefined ? {} : { receivingMxHostname: peer.host, receivingIp: peer.ip }),
    ...(failure.reason === undefined ? {} : { failureReasonCode: failure.reason }),
  };
  return {
    atMs,
    session: {
      domain,
      source: 'log',
      policy: { policyType: 'no-policy-found', policyDomain: domain, policyString: [], mxHost: [] },
      isSuccess: failure === undefined,
      failures: details === undefined ? [] : [details],
      count: 1,
    },
  };
}
