import { type Domain, policyHost } from '@sekisho/spec';
import { type Attempt, createAttempt } from './attempt.ts';
import { createOpener, type OpenerOptions } from './opener.ts';
import { getPolicy } from './exchange.ts';
import { FetchFault, toFailure } from './fetch-fault.ts';
import { createTrust, secure } from './handshake.ts';
import { createPlaces } from './places.ts';
import type { PolicyClient } from './policy-client.ts';

/** The longest total deadline; RFC 8461 §3.3 suggests a minute. */
const LONGEST_DEADLINE_MS = 60_000;

/** How policies are fetched. */
export interface PolicyClientOptions extends OpenerOptions {
  /** PEM certificates that replace the default trust store (Mozilla's, as built into Node). */
  readonly ca?: readonly string[];
  /** For names, connection, TLS, headers and body together; default 10,000, at most 60,000. */
  readonly deadlineMs?: number;
  /** Default 443; for closed networks. */
  readonly port?: number;
  /** Refuses other media types (RFC 8461 §3.2); default true. */
  readonly requireTextPlain?: boolean;
  /** Fetches at once; default 64. Those beyond wait. */
  readonly maxConcurrent?: number;
  /** How long a fetch may wait for its turn, before its deadline begins; default 30,000. */
  readonly maxWaitMs?: number;
}

/**
 * Makes the client that fetches policies over HTTPS (RFC 8461 §3.3): a new TLS 1.2 or 1.3 connection for
 * each fetch, no cache, no session, no redirect.
 *
 * @throws TypeError when an option cannot be used.
 */
export function createPolicyClient(options: PolicyClientOptions): PolicyClient {
  const { clock, deadlineMs = 10_000, maxConcurrent = 64, maxWaitMs = 30_000 } = options;
  assertLimits(deadlineMs, maxConcurrent);
  const fetchBody = createFetch(options);
  const places = createPlaces(maxConcurrent, maxWaitMs, clock);
  const underWay = new Set<Attempt>();

  const fetchInTurn = async (policyDomain: Domain, attempt: Attempt): Promise<string> => {
    const place = await places.take(attempt.signal);
    if (place === undefined) throw new FetchFault('deadline', `no turn came in ${maxWaitMs} ms`);
    attempt.hold({ destroy: place });
    attempt.begin(deadlineMs);
    return fetchBody(policyDomain, attempt);
  };
  return {
    async fetchPolicyBody(policyDomain, { signal } = {}) {
      const attempt = createAttempt(clock);
      underWay.add(attempt);
      const stopListening = cancelOn(signal, attempt);
      try {
        const body = await attempt.orCancelled(fetchInTurn(policyDomain, attempt));
        return { kind: 'body', body, trace: attempt.end() };
      } catch (error) {
        return toFailure(policyDomain, error, attempt.end());
      } finally {
        stopListening();
        underWay.delete(attempt);
      }
    },
    close() {
      for (const attempt of underWay) attempt.cancel(cancelled());
    },
  };
}

function createFetch(options: PolicyClientOptions) {
  const { port = 443, requireTextPlain = true } = options;
  const trust = createTrust(options.ca);
  const open = createOpener(options);
  return async (policyDomain: Domain, attempt: Attempt): Promise<string> => {
    const host = policyHost(policyDomain);
    if (host === undefined) {
      throw new FetchFault('dns-not-found', 'name of the policy host is longer than 253 octets');
    }
    const socket = await open(host, port, attempt);
    const tls = await secure(socket, host, trust, attempt);
    return getPolicy(tls, { host, port, requireTextPlain }, attempt);
  };
}

function assertLimits(deadlineMs: number, maxConcurrent: number): void {
  if (!(deadlineMs > 0 && deadlineMs <= LONGEST_DEADLINE_MS)) {
    throw new TypeError(
      `Cannot use a deadline of ${deadlineMs} ms: must be above 0 and at most ${LONGEST_DEADLINE_MS}`,
    );
  }
  if (!Number.isInteger(maxConcurrent) || maxConcurrent < 1) {
    throw new TypeError(`Cannot fetch ${maxConcurrent} policies at once: must be 1 or more`);
  }
}

function cancelOn(signal: AbortSignal | undefined, attempt: Attempt): () => void {
  const cancel = (): void => attempt.cancel(cancelled());
  if (signal?.aborted === true) cancel();
  signal?.addEventListener('abort', cancel);
  return () => signal?.removeEventListener('abort', cancel);
}

function cancelled(): FetchFault {
  return new FetchFault('network', 'fetch was cancelled', 'ABORT_ERR');
}
