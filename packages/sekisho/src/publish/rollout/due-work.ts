import type { Domain } from '@sekisho/spec';
import { WorkAlert } from '../alerts/index.ts';
import { createTurns } from '../turns/index.ts';
import { carryOn } from './carry-on.ts';
import type { DomainLocks } from './domain-locks.ts';
import type { Workshop } from './rollout-options.ts';

/** How the list of due changes is named in alerts. */
const DUE = 'what is due';
/** As many as one list of the store holds. */
const DUE_AT_ONCE = 10_000;
/** A change that has failed so often waits for its turn among its like, so that it never delays a new one. */
const PATIENT_ATTEMPTS = 3;

/** Carries out what is due: by the clock once started, and when told to. */
export interface DueWork {
  tick(): Promise<void>;
  /** Carries one domain on without waiting for the next look at the store; only once started. */
  nudge(domain: Domain): void;
  start(): void;
  /** Resolves when nothing is under way any more. */
  close(): Promise<void>;
}

export function createDueWork(workshop: Workshop, locks: DomainLocks): DueWork {
  const { store, clock, log, alerts, pollMs, concurrency, signal } = workshop;
  const failing = new WorkAlert({
    alerts,
    clock,
    code: 'changes-failing',
    what: 'Changes cannot be carried on',
  });
  const swift = createTurns(concurrency);
  const patient = createTurns(concurrency);
  const underWay = new Map<Domain, Promise<void>>();
  let isStarted = false;
  let stopTimer: (() => void) | undefined;
  let polling: Promise<void> = Promise.resolve();

  const work = async (domain: Domain): Promise<void> => {
    try {
      await locks(domain, () => carryOn(workshop, domain));
      failing.succeeded(domain);
    } catch (error) {
      failing.failed(domain, error);
      log.error('a change could not be carried on', { domain, error });
    }
  };
  const begin = (domain: Domain, attempts: number): Promise<void> => {
    const known = underWay.get(domain);
    if (known !== undefined) return known;
    const turns = attempts < PATIENT_ATTEMPTS ? swift : patient;
    const running = turns(() => work(domain)).finally(() => underWay.delete(domain));
    underWay.set(domain, running);
    return running;
  };
  const beginDue = async (): Promise<void> => {
    const due = await store.listDueChanges(clock.now(), DUE_AT_ONCE);
    for (const { domain, change } of due) void begin(domain, change?.attempts ?? 0);
  };
  const poll = async (): Promise<void> => {
    try {
      await beginDue();
      failing.succeeded(DUE);
    } catch (error) {
      failing.failed(DUE, error);
      log.error('the store does not tell which changes are due', { error });
    }
    if (signal.aborted) return;
    stopTimer = clock.after(pollMs, () => {
      polling = poll();
    });
  };

  return {
    async tick() {
      await beginDue();
      await Promise.all(underWay.values());
    },
    nudge(domain) {
      if (isStarted && !signal.aborted) void begin(domain, 0);
    },
    start() {
      if (isStarted) return;
      isStarted = true;
      polling = poll();
    },
    async close() {
      await polling;
      stopTimer?.();
      await Promise.all(underWay.values());
    },
  };
}
