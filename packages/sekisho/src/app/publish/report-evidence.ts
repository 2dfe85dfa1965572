import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Domain } from '@sekisho/spec';
import { IoError } from '../../io/error.ts';
import {
  INTAKE_STORE_FILE_NAME,
  type IntakeStore,
  openSqliteIntakeStore,
} from '../../intake/store/index.ts';
import { escapeSentence } from '../../io/log/index.ts';
import type { ReportEvidence, ReportSummary } from '../../publish/index.ts';
import type { Settings } from '../config/index.ts';

/** The evidence, and what lets go of the store. */
export interface SettledReportEvidence extends ReportEvidence {
  close(): Promise<void>;
}

interface Opened {
  readonly store: IntakeStore;
  /** Tells a file from one that took its place. */
  readonly stamp: string;
}

/** What received reports say, for the gates: read from the store of `sekisho intake`, whether that runs or not. */
export function createReportEvidence({
  stateDirectory,
  intake,
}: Pick<Settings, 'stateDirectory' | 'intake'>): SettledReportEvidence {
  const directory = intake.stateDirectory ?? stateDirectory;
  let opened: Opened | undefined;
  /** One question after the other, lest the store be closed under one of them. */
  let last: Promise<unknown> = Promise.resolve();
  const letGo = async (): Promise<void> => {
    const former = opened;
    opened = undefined;
    await former?.store.close();
  };
  const find = async (): Promise<IntakeStore | undefined> => {
    const stamp = stampOf(join(directory, INTAKE_STORE_FILE_NAME));
    if (opened?.stamp !== stamp) await letGo();
    if (stamp === undefined) return undefined;
    opened ??= { store: await openSqliteIntakeStore({ directory, readOnly: true }), stamp };
    return opened.store;
  };
  const ask: ReportEvidence['summarise'] = async (domain, sinceMs) => {
    try {
      const store = await find();
      return store === undefined ? NO_STORE : await summarise(store, domain, sinceMs);
    } catch (error) {
      if (!(error instanceof IoError)) throw error;
      await letGo();
      return {
        kind: 'none',
        because: escapeSentence(`The received reports cannot be read. ${error.message}.`),
      };
    }
  };
  return {
    summarise(domain, sinceMs) {
      const answer = last.then(() => ask(domain, sinceMs));
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

function stampOf(file: string): string | undefined {
  try {
    const { dev, ino } = statSync(file);
    return `${dev} ${ino}`;
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    const why = `Cannot look at the intake store "${file}": ${message}`;
    throw new IoError('store-unreadable', why, { temporary: false, cause });
  }
}
