import { hostname } from 'node:os';
import { readFileSync } from 'node:fs';
import { type Domain, parseDomain } from '@sekisho/spec';
import { createChallengeVisitor } from '../../io/acme/index.ts';
import { createAuthorities } from '../../io/authorities/index.ts';
import type { AlertBook } from '../../alert/index.ts';
import type { Clock } from '../../io/clock/index.ts';
import type { Resolver } from '../../io/dns/index.ts';
import { createKeyFiles } from '../../io/key-files/index.ts';
import type { Log } from '../../io/log/index.ts';
import type { PublishStore } from '../../publish/store/index.ts';
import { createMxProber } from '../../io/smtp/index.ts';
import {
  CertificateManager,
  createGates,
  createPointsHere,
  createRollout,
  createWatch,
  findAnnounceName,
  type OpenChallengeBook,
  type PublishAlertCode,
  type Rollout,
  type RolloutObservation,
  type StatusParts,
  type Watch,
} from '../../publish/index.ts';
import { createAlertChannels } from '../alerts/alert-channels.ts';
import { AlertTeller } from '../alerts/alert-teller.ts';
import { createSettledClient, createSettledResolver } from '../adapters.ts';
import type { Settings } from '../config/index.ts';
import { placeOf } from '../state/index.ts';
import { coalesce } from './coalesce.ts';
import { type DeclaredDomains, readDeclared } from './declared.ts';
import type { PublishMetrics } from './metrics.ts';
import { delegationOf } from './record-settings.ts';
import { createReportEvidence } from './report-evidence.ts';
import { createSettledAuthority } from './settled-authority.ts';
import { createSettledUpdater } from './settled-updater.ts';

/** All that depends on settings, and nothing that listens or stores. */
export interface PublishEngine {
  readonly settings: Settings;
  readonly rollout: Rollout;
  readonly certificates: CertificateManager;
  readonly watch: Watch;
  readonly declared: DeclaredDomains;
  readonly gatesOf: StatusParts['gatesOf'];
  /** Works by the clock from now on. */
  start(): void;
  close(): Promise<void>;
}

export interface EngineParts {
  readonly settings: Settings;
  readonly store: PublishStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly alerts: AlertBook<PublishAlertCode>;
  readonly challenges: OpenChallengeBook;
  readonly metrics: PublishMetrics;
  /** What the host gives out for the domain is another text from now on, or none. Must not throw. */
  readonly servedChanged: (domain: Domain) => void;
  readonly certificateChanged: (domain: Domain) => void;
}

/** Where TLS is done by others, a proxy may hold the former text for its Cache-Control (RFC 8461 §8.2). */
const PROXY_SETTLE_MS = 60_000;

/**
 * Builds the engine over a store that is open already; a reload builds a second one, closes the first, and starts the
 * second.
 *
 * @throws ConfigError, IoError when a file that the settings name cannot be used.
 */
export async function createPublishEngine(parts: EngineParts): Promise<PublishEngine> {
  const { settings, store, clock, log, alerts } = parts;
  const { publish } = settings;
  const declared = readDeclared(settings);
  const channels = await createAlertChannels(settings, 'publisher', clock);
  const teller = new AlertTeller({ book: alerts, channels, clock, log });
  const authority = createSettledAuthority(settings, clock);
  const settled = await createSettledUpdater(settings, parts);
  const resolver = createSettledResolver(settings, log);
  const policyClient = createSettledClient(settings, resolver);
  const authorities = createAuthorities({ clock, resolver, port: publish.dns.authorityPort });
  const pollMs = publish.pollSeconds * 1000;
  const reports = createReportEvidence(placeOf(settings, 'intake'));
  const gatesOf = createGates({ clock, store, resolver, reports, days: publish.gates.days });
  const certificates = new CertificateManager({
    clock,
    store,
    log,
    alerts,
    pollMs,
    files: createKeyFiles(placeOf(settings, 'publisher').directory),
    challenges: parts.challenges,
    pointsHere: publish.acme.selfCheck
      ? createPointsHere({
          resolver,
          clock,
          challenges: parts.challenges,
          visitor: createChallengeVisitor({ clock }),
        })
      : (_, kinds) => Promise.resolve({ kind: 'here', by: kinds }),
    own: declared.own,
    changed: parts.certificateChanged,
    observe: parts.metrics.certificates,
    ...(authority === undefined ? {} : { authority }),
  });
  const tickCertificates = coalesce(() => certificates.tick());
  const rollout = createRollout({
    clock,
    store,
    log,
    alerts,
    pollMs,
    policyClient,
    updater: settled.updater,
    authorities,
    resolver,
    gatesOf,
    announceName: announcer(settings, resolver),
    ttlSeconds: publish.dns.ttlSeconds,
    settleMs: publish.listen.https.length === 0 ? PROXY_SETTLE_MS : 0,
    servedChanged(domain) {
      parts.servedChanged(domain);
      void ensureCertificate(domain, { certificates, store, log, tick: tickCertificates });
    },
    observe: (observation) =>
      observeRollout(observation, { certificates, metrics: parts.metrics, log, alerts }),
  });
  const watch = createWatch({
    clock,
    store,
    log,
    alerts,
    resolver,
    prober: createSettledProber(settings, clock, resolver),
    everySeconds: publish.probe.everySeconds,
    pollMs,
    observe: parts.metrics.watch,
  });
  return {
    settings,
    rollout,
    certificates,
    watch,
    declared,
    gatesOf,
    start() {
      teller.start();
      certificates.start();
      rollout.start();
      watch.start();
    },
    async close() {
      await Promise.all([rollout.close(), certificates.close(), watch.close()]);
      settled.close();
      authorities.close();
      policyClient.close();
      resolver.close();
      await reports.close();
      await teller.close();
    },
  };
}

function announcer(settings: Settings, resolver: Resolver) {
  const { zones } = settings.publish.dns;
  const delegation = delegationOf(settings);
  return (domain: Domain) =>
    findAnnounceName(domain, {
      resolver,
      ...(zones.length === 0 ? {} : { zones }),
      ...(delegation === undefined ? {} : { delegation }),
    });
}

function createSettledProber({ publish }: Settings, clock: Clock, resolver: Resolver) {
  const { heloName, caFile, port, timeoutMs } = publish.probe;
  const machine = parseDomain(hostname());
  return createMxProber({
    clock,
    resolver,
    port,
    timeoutMs,
    heloName: heloName ?? (machine.ok ? machine.value : 'localhost'),
    ...(caFile === undefined ? {} : { ca: [readFileSync(caFile, 'utf8')] }),
  });
}

interface Care {
  readonly certificates: CertificateManager;
  readonly log: Log;
}

/** A new domain's certificate is not waited for until the next poll. */
async function ensureCertificate(
  domain: Domain,
  care: Care & { readonly store: PublishStore; readonly tick: () => Promise<void> },
): Promise<void> {
  const { certificates, store, log, tick } = care;
  try {
    if ((await store.getServed(domain)) === undefined) return;
    await certificates.ensure(domain);
    await tick();
  } catch (error) {
    log.error('a certificate cannot be looked after', { domain, error });
  }
}

function observeRollout(
  observation: RolloutObservation,
  parts: Care & Pick<EngineParts, 'metrics' | 'alerts'>,
): void {
  const { certificates, metrics, alerts, log } = parts;
  metrics.rollout(observation);
  if (observation.kind !== 'removed') return;
  const { domain } = observation;
  alerts.endAbout(domain, 'The domain is not published any more.');
  certificates.remove(domain).catch((error: unknown) => {
    log.error('key and certificate of a removed domain cannot be deleted', { domain, error });
  });
}
