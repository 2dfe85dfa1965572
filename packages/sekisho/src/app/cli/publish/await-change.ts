import type { Domain } from '@sekisho/spec';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Change, PolicyVersion } from '../../../publish/store/index.ts';
import type { StatusAnswer } from '../../control/publish.ts';
import type { ServiceClient } from '../service-client.ts';

const PERIOD_MS = 250;
/** A change that does not come on for so long waits for something outside. */
const LONGEST_WAIT_MS = 300_000;

/** How waiting for a change ended. */
export type ChangeEnd =
  | { readonly kind: 'done'; readonly status: StatusAnswer }
  | { readonly kind: 'failed'; readonly status: StatusAnswer }
  /** It goes on without us: the time or the operator ended the waiting. */
  | { readonly kind: 'under-way' }
  /** The service ended. */
  | { readonly kind: 'gone' };

export interface AwaitOptions {
  readonly client: ServiceClient;
  readonly domain: Domain;
  readonly version: PolicyVersion;
  /** Told of every look at a change that is still under way. */
  readonly onLook: (change: Change, nowMs: number) => void;
  readonly signal: AbortSignal;
  /** Default 300000. */
  readonly waitMs?: number;
}

/** Watches a change until it is done, given up, or does not come on. */
export async function awaitChange(options: AwaitOptions): Promise<ChangeEnd> {
  const { client, domain, version, onLook, signal, waitMs = LONGEST_WAIT_MS } = options;
  let step = '';
  let stepSince = performance.now();
  while (!signal.aborted) {
    const answer = await client.ask('GET', `/v1/domains/${domain}`);
    // A service that ends, or a domain that somebody else removed.
    if (answer === undefined || answer.status !== 200) return { kind: 'gone' };
    const status = answer.body as StatusAnswer;
    const { change, announced } = status.domain;
    if (change?.version !== version.number)
      return { kind: announced === version.number ? 'done' : 'failed', status };
    onLook(change, Date.now());
    if (change.step !== step) [step, stepSince] = [change.step, performance.now()];
    if (performance.now() - stepSince > waitMs) break;
    await sleep(PERIOD_MS, undefined, { signal }).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }
  return { kind: 'under-way' };
}
