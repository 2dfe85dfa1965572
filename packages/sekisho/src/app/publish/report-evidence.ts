import type { Domain } from '@sekisho/spec';
import { IoError } from '../../io/error.ts';
import { type IntakeStore, openSqliteIntakeStore } from '../../intake/store/index.ts';
import { escapeSentence } from '../../io/log/index.ts';
import type { ReportEvidence, ReportSummary } from '../../publish/index.ts';
import { findStore, openFound, type RolePlace } from '../state/index.ts';

/** The evidence, and what lets go of the store. */
export interface SettledReportEvidence extends ReportEvidence {
  close(): Promise<void>;
}

interface Opened {
  readonly store: IntakeStore;
  readonly stamp: string;
}

/**
 * What received reports say, for the gates: read from the store of `sekisho intake`, whether that runs or not. A store that
 * is there and cannot be read gives no evidence at all, neither of failures nor of their absence.
 *
 * @param place where intake keeps its files.
 */
export function createReportEvidence(place: RolePlace): SettledReportEvidence {
  let opened: Opened | undefined;
  /** One question after the other, lest the store be closed under one of them. */
  let last: Promise<unknown> = Promise.resolve();
  const letGo = async (): Promise<void> => {
    const former = opened;
    opened = undefined;
    await former?.store.close();
  };
  const ask: ReportEvidence['summarise'] = async (domain, sinceMs) => {
    const found = findStore(place);
    if (opened?.stamp !== found?.stamp) await letGo();
    if (found === undefined) return NO_STORE;
    opened ??= { store: await openFound(place, found, openForReading), stamp: found.stamp };
    const summary = await summarise(opened.store, domain, sinceMs);
    // Its service cannot take it over while it is open here.
    if (found.isFormer) await letGo();
    return summary;
  };
  const tryAsk: ReportEvidence['summarise'] = async (domain, sinceMs) => {
    try {
      return await ask(domain, sinceMs);
    } catch (error) {
      if (!(error instanceof IoError)) throw error;
      await letGo();
      return {
        kind: 'unknown',
        because: escapeSentence(`The received reports cannot be read. ${error.message}.`),
      };
    }
  };
  return {
    summarise(domain, sinceMs) {
      const answer = last.then(() => tryAsk(domain, sinceMs));
      last = answer.catch(() => undefined);
      return answer;
    },
    async close() {
      await last;
      await letGo();
    },
  };
}

/** Days of reporters whose clocks are ahead are no reason to leave their reports out. */
const LAST_DAY_AFTER_MS = 3_650 * 86_400_000;

async function summarise(
  store: IntakeStore,
  domain: string,
  sinceMs: number,
): Promise<ReportSummary> {
  const [firstDay, lastDay] = [dayOf(sinceMs), dayOf(sinceMs + LAST_DAY_AFTER_MS)];
  const scope = { firstDay, lastDay, domain: domain as Domain };
  const days = await store.listDayTotals(scope);
  const all = await store.listDayTotals({ ...scope, trust: 'all' });
  return {
    kind: 'reports',
    days: days.length,
    sessions: sum(days.map(({ successful, failed }) => successful + failed)),
    unverifiedReports: countReports(all) - countReports(days),
    failures: await store.listResultTotals(scope),
  };
}

function countReports(days: readonly { readonly reports: number }[]): number {
  return sum(days.map(({ reports }) => reports));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

function dayOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}

const NO_STORE = { kind: 'none', because: 'No TLS reports are taken in here.' } as const;

function openForReading(directory: string): Promise<IntakeStore> {
  return openSqliteIntakeStore({ directory, readOnly: true });
}
