import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { createDrivenClock, type DrivenClock } from '../../publish/world/driven-clock.ts';
import { createCertificates, type Leaf } from '../../world/certificates.ts';
import { type Received, readMailboxes } from '../../world/mailboxes.ts';
import { startNameServer } from '../../world/name-server.ts';
import { createFolder, removeNamespace, sweepLeftOvers } from '../../world/namespace.ts';
import { createNetwork, type Network } from '../../world/network.ts';
import { startPolicyHosts } from '../../world/policy-hosts.ts';
import type { PostfixPrograms } from '../../world/postfix.ts';
import { startReceivers } from '../../world/receivers.ts';
import { startResolver } from '../../world/resolver.ts';
import { run } from '../../world/run.ts';
import { REPORT_HOST } from './addresses.ts';

import { LMTP_ADDRESS, startIntake } from './intake.ts';
import { type ReportMailbox, startReportMailbox } from './report-mailbox.ts';
import { type SendingSide, startSendingSide } from './sending-side.ts';
import type { Service } from './service.ts';
import { domainsByPolicyHost, reportZones, SITES } from './sites.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Outlives every clock that a test drives. */
const CERTIFICATE_DAYS = 100;

/** Two Sekishos and three Postfixes: who sends and reports, and who is reported to. */
export interface ReportWorld extends SendingSide {
  readonly folder: string;
  readonly network: Network;
  /** Of every Sekisho; begins at ten o'clock of a day (UTC). */
  readonly clock: DrivenClock;
  readonly intake: Service;
  readonly reportMailbox: ReportMailbox;
  mailboxes(): readonly Received[];
  tearDown(): Promise<void>;
}

/** Builds the world and starts everything in it. What a killed run left behind is removed first. */
export async function startReportWorld(programs: PostfixPrograms): Promise<ReportWorld> {
  await sweepLeftOvers();
  const folder = createFolder();
  const network = createNetwork();
  const tearDown = async (): Promise<void> => {
    for (const { name } of Object.values(network)) await removeNamespace(name);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    return { ...(await populate(folder, network, programs)), folder, network, tearDown };
  } catch (error) {
    if (process.env['SEKISHO_E2E_KEEP'] !== '1') await tearDown();
    throw error;
  }
}

async function populate(
  folder: string,
  network: Network,
  programs: PostfixPrograms,
): Promise<Omit<ReportWorld, 'folder' | 'network' | 'tearDown'>> {
  const { sender, internet } = network;
  const at = (part: string) => join(folder, part);
  run(['ip', '-n', internet.name, 'addr', 'add', `${REPORT_HOST}/24`, 'dev', 'wire']);
  const clock = createDrivenClock(folder);
  clock.advance(DAY_MS + 10 * HOUR_MS - (clock.nowMs() % DAY_MS));
  const authority = createCertificates(at('ca'));
  const certificates = {
    rootFile: authority.rootFile,
    issue: (file: string, leaf: Leaf) =>
      authority.issue(file, { toDay: CERTIFICATE_DAYS, ...leaf }),
  };
  const nameServer = await startNameServer(internet, at('name-server'));
  const { trustAnchor } = nameServer;
  await Promise.all([
    startResolver(sender, at('resolver-sender'), { trustAnchor }),
    startResolver(internet, at('resolver-internet'), { trustAnchor }),
  ]);
  const policyHosts = await startPolicyHosts(
    internet,
    at('policy-hosts'),
    certificates,
    domainsByPolicyHost(),
  );
  for (const [domain, { policy }] of SITES) policyHosts.write(domain, policy);
  startReceivers(internet, at('receivers'), certificates);
  const caFile = certificates.rootFile;
  const sending = await startSendingSide(sender, at('sending'), { caFile, clock, programs });
  await nameServer.publish(reportZones(at('receivers/keys'), sending.dkim));
  const intake = await startIntake(internet, at('intake'), certificates, clock);
  return {
    ...sending,
    clock,
    intake,
    reportMailbox: startReportMailbox(internet, at('mailbox'), certificates, LMTP_ADDRESS),
    mailboxes: () => readMailboxes(at('receivers')),
  };
}
