import { type Delivery, destinationHost } from '../store/index.ts';
import { settleAttempt } from './attempt.ts';
import { type Carrying, carryReport } from './carry-report.ts';
import { createDestinationLoad } from './destination-load.ts';
import type { Ledger } from './ledger.ts';
import type { Workshop } from './reporter.ts';
import { tellEnd } from './tell-end.ts';

/** Sends what is due, so many at once as is allowed. */
export interface DeliveryDesk {
  /** Begins what is due and has a place. Never rejects. */
  fill(): Promise<void>;
  /** Begins nothing of a report until the function returned is called. */
  reserve(reportId: string): () => void;
  isUnderWay(delivery: Pick<Delivery, 'reportId' | 'place'>): boolean;
  close(): Promise<void>;
}

/** When the service ends, an answer that may still come is waited for so long. */
const LAST_ANSWER_MS = 10_000;

export function createDeliveryDesk(workshop: Workshop, ledger: Ledger): DeliveryDesk {
  const { store, clock, log, settings } = workshop;
  const load = createDestinationLoad(clock, settings);
  const underWay = new Map<string, { readonly carrying: Carrying; readonly done: Promise<void> }>();
  const reserved = new Map<string, number>();
  /** Those that ended while the list of what is due was asked for; the list may not know it. */
  const justEnded = new Set<string>();
  let isFilling = false;
  let isWantedAgain = false;
  let isClosed = false;
  let restsUntilMs = 0;
  let cancel = (): void => undefined;

  const canBegin = (): boolean =>
    !isClosed &&
    !settings.dryRun &&
    !ledger.isInDebt() &&
    restsUntilMs <= clock.now() &&
    underWay.size < settings.concurrency;

  const begin = (delivery: Delivery): void => {
    const key = keyOf(delivery);
    const host = destinationHost(delivery.uri);
    load.begin(host);
    const carrying = carryReport(workshop, delivery);
    const done = settle(delivery, carrying, clock.now()).finally(() => {
      load.end(host);
      underWay.delete(key);
      justEnded.add(key);
      void fill();
    });
    underWay.set(key, { carrying, done });
  };

  const settle = async (
    delivery: Delivery,
    carrying: Carrying,
    startedAtMs: number,
  ): Promise<void> => {
    const end = await carrying.end;
    const nowMs = clock.now();
    if (end === undefined) {
      // The store may have taken `committing` though it said no: nothing left, so it waits as before.
      restsUntilMs = nowMs + settings.pollMs;
      await ledger.settle(() => store.putDelivery(delivery));
      return;
    }
    const attempt = { place: delivery.place, end, startedAtMs, nowMs, chance: workshop.random() };
    await ledger.settle(async () => {
      const changes = settleAttempt(await store.listDeliveries(delivery.reportId), attempt);
      if (changes.length === 0) return;
      await store.putDeliveries(changes);
      tellEnd(workshop, changes, end);
    });
  };

  const isFree = (delivery: Delivery): boolean =>
    !underWay.has(keyOf(delivery)) &&
    !justEnded.has(keyOf(delivery)) &&
    !reserved.has(delivery.reportId) &&
    !load.isBusy(destinationHost(delivery.uri));

  /** Begins what the store lists; tells how many. */
  const beginSome = async (): Promise<number> => {
    justEnded.clear();
    const limit = settings.concurrency + underWay.size + reserved.size * 10;
    const due = await store.listDue(clock.now(), limit, load.busyHosts());
    let begun = 0;
    for (const delivery of due) {
      if (!canBegin() || !isFree(delivery)) continue;
      begin(delivery);
      begun += 1;
    }
    return begun;
  };

  const fill = async (): Promise<void> => {
    isWantedAgain = true;
    if (isFilling) return;
    isFilling = true;
    try {
      // Whoever asks while the store is asked may know of a place that the answer does not.
      while (isWantedAgain && canBegin()) {
        isWantedAgain = false;
        if ((await beginSome()) > 0) isWantedAgain = true;
      }
    } catch (error) {
      restsUntilMs = clock.now() + settings.pollMs;
      log.error('reports that are due cannot be read from the store', { error });
    } finally {
      isFilling = false;
    }
    wakeWhenRested();
  };

  const wakeWhenRested = (): void => {
    cancel();
    const leftMs = isClosed ? undefined : load.nextFreeInMs();
    cancel = leftMs === undefined ? () => undefined : clock.after(leftMs, () => void fill());
  };

  return {
    fill,
    isUnderWay: (delivery) => underWay.has(keyOf(delivery)),
    reserve(reportId) {
      reserved.set(reportId, (reserved.get(reportId) ?? 0) + 1);
      return () => {
        const left = (reserved.get(reportId) ?? 1) - 1;
        if (left === 0) reserved.delete(reportId);
        else reserved.set(reportId, left);
        void fill();
      };
    },
    async close() {
      isClosed = true;
      cancel();
      const all = [...underWay.values()];
      for (const { carrying } of all) carrying.callBack();
      const stop = clock.after(LAST_ANSWER_MS, () => {
        for (const { carrying } of all) carrying.cut();
      });
      await Promise.all(all.map(({ done }) => done));
      stop();
    },
  };
}

function keyOf({ reportId, place }: Pick<Delivery, 'reportId' | 'place'>): string {
  return `${reportId} ${place}`;
}
