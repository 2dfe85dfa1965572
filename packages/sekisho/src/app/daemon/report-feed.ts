import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { MissedPolicy } from '../../discover/index.ts';
import type { Clock } from '../../io/clock/index.ts';
import { request } from '../../io/node-http/index.ts';
import type { Settings } from '../config/index.ts';
import type { DiscoveryRequest, ToldFailure } from '../control/report.ts';
import { controlSocketOf } from '../state/index.ts';

/** Tells the report service of policies that could not be had. Never waits, fails or takes much memory. */
export interface ReportFeed {
  tell(missed: MissedPolicy): void;
  /** Those that were dropped: there is no such service, or it was away for too long. */
  readonly untold: number;
  /** Tells what is still to be told, once. */
  close(): Promise<void>;
}

/** Failures come in flocks: a resolver or a network that is away. */
const GATHER_MS = 5000;
const AGAIN_MS = 60_000;
const TIMEOUT_MS = 5000;
/** Together with their frame they must fit into a request of 64 KiB. */
const MOST_AT_ONCE_BYTES = 48_000;
const MOST_WAITING_BYTES = 256_000;
/** A longer text is left out. */
const LONGEST_BODY = 4096;

/** Makes a feed that does nothing where `report.discovery` is off. */
export function createReportFeed({ report, ...settings }: Settings, clock: Clock): ReportFeed {
  const socketPath = controlSocketOf({ report, ...settings }, 'reporter');
  const waiting: { readonly failure: ToldFailure; readonly sizeBytes: number }[] = [];
  let sizeBytes = 0;
  let untold = 0;
  let wasThere = false;
  let cancel: (() => void) | undefined;
  let sending = Promise.resolve();

  const drop = (): void => {
    sizeBytes -= waiting.shift()?.sizeBytes ?? 0;
    untold += 1;
  };
  /** As many as fit into one request, the eldest first. */
  const choose = (): readonly ToldFailure[] => {
    let sum = 0;
    const fits = waiting.filter((each) => (sum += each.sizeBytes) <= MOST_AT_ONCE_BYTES);
    return fits.map(({ failure }) => failure);
  };
  const sendAll = async (): Promise<void> => {
    while (waiting.length > 0) {
      const failures = choose();
      const outcome = await post(socketPath, { failures });
      if (outcome === 'away') break;
      wasThere = true;
      if (outcome === 'refused') untold += failures.length;
      for (const told of waiting.splice(0, failures.length)) sizeBytes -= told.sizeBytes;
    }
    // Where there never was a service, there is nothing to wait for.
    while (waiting.length > 0 && !wasThere) drop();
  };
  const schedule = (afterMs: number): void => {
    cancel ??= clock.after(afterMs, () => {
      sending = sendAll().then(() => {
        cancel = undefined;
        if (waiting.length > 0) schedule(AGAIN_MS);
      });
    });
  };
  return {
    get untold() {
      return untold;
    },
    tell(missed) {
      if (!report.discovery) return;
      const failure = toFailure(missed);
      const own = Buffer.byteLength(JSON.stringify(failure)) + 1;
      waiting.push({ failure, sizeBytes: own });
      sizeBytes += own;
      while (sizeBytes > MOST_WAITING_BYTES) drop();
      schedule(GATHER_MS);
    },
    async close() {
      cancel?.();
      await sending;
      await sendAll();
      cancel?.();
    },
  };
}

function toFailure({ policyDomain, atMs, resultType, code, body }: MissedPolicy): ToldFailure {
  const isShort = body !== undefined && body.length <= LONGEST_BODY;
  return { domain: policyDomain, atMs, resultType, code, ...(isShort ? { body } : {}) };
}

/** `refused`: it would be again; a service of another version. */
async function post(
  socketPath: string,
  body: DiscoveryRequest,
): Promise<'taken' | 'refused' | 'away'> {
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const asked = request({ socketPath, path: '/v1/discovery', method: 'POST', signal });
    asked.end(JSON.stringify(body));
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    response.resume();
    const { statusCode = 500 } = response;
    if (statusCode >= 500) return 'away';
    return statusCode === 200 ? 'taken' : 'refused';
  } catch {
    // Most machines have no such service: that is no news, and what it costs is counted.
    return 'away';
  }
}
