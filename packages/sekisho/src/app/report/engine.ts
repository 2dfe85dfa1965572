import type { Clock } from '../../io/clock/index.ts';
import type { Log } from '../../io/log/index.ts';
import type { ReportStore } from '../../report/store/index.ts';
import { createReporter, type Reporter, type ReporterSettings } from '../../report/index.ts';
import { createSettledResolver } from '../adapters.ts';
import type { Settings } from '../config/index.ts';
import { lookupReportRecord } from './lookup-record.ts';
import { readTokens } from './named-file.ts';
import { createSettledCarriers, type SettledCarriers } from './settled-carriers.ts';
import { type Submitter, submitterOf } from './submitter.ts';

const MINUTE_MS = 60_000;

/** What makes and sends reports: all that depends on settings, and nothing that listens, collects or stores. */
export interface ReportEngine {
  readonly settings: Settings;
  readonly submitter: Submitter;
  readonly signer: SettledCarriers['signer'];
  readonly reporter: Reporter;
  /** Those that may post sessions from other machines. */
  readonly tokens: readonly string[];
  close(): Promise<void>;
}

export interface ReportEngineParts {
  readonly settings: Settings;
  readonly store: ReportStore;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Builds the engine over a store; a reload closes it and starts another one.
 *
 * @throws ConfigError when a file or a key of the settings cannot be used.
 */
export async function createReportEngine(parts: ReportEngineParts): Promise<ReportEngine> {
  const { settings, store, clock, log } = parts;
  const { tokensFile } = settings.report.listen;
  const submitter = submitterOf(settings);
  const tokens = tokensFile === undefined ? [] : readTokens('report.listen.tokensFile', tokensFile);
  const resolver = createSettledResolver(settings, log);
  const carrying = createSettledCarriers({ settings, submitter, clock, resolver });
  const { signer, ...carriers } = await carrying.catch((error: unknown) => {
    resolver.close();
    throw error;
  });
  const reporter = createReporter({
    store,
    carriers,
    lookupRecord: (domain) => lookupReportRecord(resolver, domain),
    clock,
    log,
    settings: toReporterSettings(settings, submitter),
  });
  return {
    settings,
    submitter,
    signer,
    reporter,
    tokens,
    async close() {
      await reporter.close();
      resolver.close();
    },
  };
}

function toReporterSettings({ report }: Settings, submitter: Submitter): ReporterSettings {
  const { failuresOnly, redactSendingAddresses, destinations, limits } = report;
  return {
    organizationName: submitter.organizationName,
    contactInfo: submitter.contact,
    submitter: submitter.domain,
    failuresOnly,
    redactSendingAddresses,
    destinations,
    dryRun: report.dryRun || !submitter.isNamed,
    spreadMs: report.spreadMinutes * MINUTE_MS,
    keptDays: report.keepDays,
    concurrency: limits.atOnce,
    perHost: limits.perHost,
    hostGapMs: limits.hostGapMs,
  };
}
