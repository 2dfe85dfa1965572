import {
  type CountingAcceptor,
  type DoorCounter,
  type ImapDoorStatus,
  type IntakeAlertCode,
  ReportAlerts,
} from '../../intake/index.ts';
import type { AlertBook } from '../../alert/index.ts';
import type { Clock } from '../../io/clock/index.ts';
import type { IntakeStore } from '../../intake/store/index.ts';
import type { Log } from '../../io/log/index.ts';
import { createAlertChannels } from '../alerts/alert-channels.ts';
import { AlertTeller } from '../alerts/alert-teller.ts';
import { createSettledResolver } from '../adapters.ts';
import type { Settings } from '../config/index.ts';
import { createSettledAcceptor, isAbout, ownDomains } from './settled-acceptor.ts';
import { prepareImap } from './settled-imap.ts';
import { watchMaildir } from './watch-maildir.ts';

/** All that depends on settings, and nothing that listens or stores. */
export interface IntakeEngine {
  readonly settings: Settings;
  readonly acceptor: CountingAcceptor;
  /** Undefined where no mailbox is read by IMAP. */
  imap(): ImapDoorStatus | undefined;
  /** Reads mailboxes and watches reports from now on. */
  start(): void;
  close(): Promise<void>;
}

export interface IntakeEngineParts {
  readonly settings: Settings;
  readonly store: IntakeStore;
  readonly alerts: AlertBook<IntakeAlertCode>;
  readonly count: DoorCounter;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Builds the engine over a store that is open; a reload builds a second one, closes the first, and starts the second.
 *
 * @throws ConfigError when a file that the settings name cannot be used.
 */
export async function createIntakeEngine(parts: IntakeEngineParts): Promise<IntakeEngine> {
  const { settings, alerts, clock, log } = parts;
  const resolver = createSettledResolver(settings, log);
  try {
    const acceptor = await createSettledAcceptor({ ...parts, resolver });
    const channels = await createAlertChannels(settings, 'intake', clock);
    const teller = new AlertTeller({ book: alerts, channels, clock, log });
    return assemble({ ...parts, acceptor, teller, watch: createWatch(parts) }, resolver);
  } catch (error) {
    resolver.close();
    throw error;
  }
}

interface Assembly extends IntakeEngineParts {
  readonly acceptor: CountingAcceptor;
  readonly teller: AlertTeller;
  readonly watch: ReportAlerts;
}

function assemble(parts: Assembly, resolver: { close(): void }): IntakeEngine {
  const { settings, acceptor, teller, watch } = parts;
  const startImap = prepareImap(parts);
  let imap: ReturnType<NonNullable<typeof startImap>> | undefined;
  let maildir: ReturnType<typeof watchMaildir> | undefined;
  return {
    settings,
    acceptor,
    imap: () => imap?.status() ?? (startImap && { kind: 'closed' }),
    start() {
      imap = startImap?.();
      maildir = watchMaildir(parts);
      teller.start();
      watch.start();
    },
    async close() {
      await Promise.all([imap?.stop(), maildir?.stop()]);
      await watch.close();
      await teller.close();
      resolver.close();
    },
  };
}

function createWatch({ settings, store, alerts, clock, log }: IntakeEngineParts): ReportAlerts {
  const { sharePercent, count, refusedAnHour, silence } = settings.intake.alerts;
  const domains = ownDomains(settings);
  return new ReportAlerts({
    store,
    clock,
    log,
    alerts,
    concerns: (domain) => isAbout(domain, domains),
    settings: {
      failedShare: sharePercent / 100,
      failedCount: count,
      refusedAnHour,
      silentReporters: silence,
    },
  });
}
