import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mxHost, NAME_SERVER, RECEIVERS, type Receiver } from '../../world/addresses.ts';
import { createCertificates, type Leaf } from '../../world/certificates.ts';
import { type Daemon, policyMapAt, startDaemon } from '../../world/daemon.ts';
import { createFolder, removeNamespace, sweepLeftOvers } from '../../world/namespace.ts';
import { installedPostfixVersion } from '../../world/postfix.ts';
import { startReceivers } from '../../world/receivers.ts';
import { startResolver, type WorldResolver } from '../../world/resolver.ts';
import { startSender } from '../../world/sender.ts';
import { CERTIFICATE_AUTHORITY } from './addresses.ts';
import { createManInTheMiddle, type ManInTheMiddle } from './attacks.ts';
import {
  type AcmeAuthority,
  CERTIFICATE_AUTHORITY_NAME,
  startAcmeAuthority,
} from './certificate-authority.ts';
import { createDrivenClock, type DrivenClock } from './driven-clock.ts';
import { createMail, type Mail } from './mail.ts';
import { type NameServers, startNameServers } from './name-servers.ts';
import { createPublisherNetwork, type PublisherNetwork } from './network.ts';
import { type Publisher, startPublisher } from './publisher.ts';

/** MX hosts that the receiving domains use, or that attack them; others need no name here. */
const MX_HOSTS = ['good', 'second', 'stripped', 'attacker'] as const satisfies readonly Receiver[];

/** Outlives every clock that a test drives. */
const MX_CERTIFICATE_DAYS = 400;

/** A Postfix that asks a Sekisho. */
export interface SendingSide {
  readonly mail: Mail;
  readonly sekisho: Daemon;
}

/** Real daemons in three network namespaces, with a clock of their own. */
export interface PublishWorld {
  readonly folder: string;
  readonly network: PublisherNetwork;
  readonly clock: DrivenClock;
  readonly nameServers: NameServers;
  readonly certificateAuthority: AcmeAuthority;
  readonly publisher: Publisher;
  readonly manInTheMiddle: ManInTheMiddle;
  /** Compares the policy's id at every message. */
  readonly eager: SendingSide;
  /** Has a name server of its own, for Sekisho alone; while that is deaf, it knows no more than what it holds. */
  readonly holding: SendingSide & { readonly resolver: WorldResolver };
  tearDown(): Promise<void>;
}

export interface PublishWorldOptions {
  /** How long pebble's certificates last. */
  readonly certificateDays: number;
  readonly gateDays: number;
}

/** Builds the world and starts everything in it. What a killed run left behind is removed first. */
export async function startPublishWorld(options: PublishWorldOptions): Promise<PublishWorld> {
  await sweepLeftOvers();
  const folder = createFolder();
  const network = createPublisherNetwork();
  const tearDown = async (): Promise<void> => {
    for (const { name } of Object.values(network)) await removeNamespace(name);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    return { ...(await populate(folder, network, options)), tearDown };
  } catch (error) {
    if (process.env['SEKISHO_E2E_KEEP'] !== '1') await tearDown();
    throw error;
  }
}

async function populate(
  folder: string,
  network: PublisherNetwork,
  options: PublishWorldOptions,
): Promise<Omit<PublishWorld, 'tearDown'>> {
  const { sender, internet, publisher: publishing } = network;
  const at = (part: string) => join(folder, part);
  const clock = createDrivenClock(folder);
  const authority = createCertificates(at('ca'));
  const { rootFile } = authority;
  const certificates = {
    rootFile,
    issue: (file: string, leaf: Leaf) =>
      authority.issue(file, { toDay: MX_CERTIFICATE_DAYS, ...leaf }),
  };
  const nameServers = await startNameServers(internet, at('name-servers'), clock, hostRecords());
  const holdingResolver = { address: '127.0.0.2' };
  const [resolver] = await Promise.all([
    startResolver(sender, at('resolver-holding'), holdingResolver),
    startResolver(sender, at('resolver-sender')),
    startResolver(internet, at('resolver-internet')),
    startResolver(publishing, at('resolver-publisher')),
  ]);
  const certificateAuthority = await startAcmeAuthority(
    internet,
    at('pebble'),
    certificates,
    options.certificateDays,
  );
  const caFile = at('trusted.pem');
  writeFileSync(caFile, readFileSync(rootFile, 'utf8') + certificateAuthority.rootPem);
  startReceivers(internet, at('receivers'), certificates);
  const startSide = async (name: string, port: number, resolverAddress: string) => {
    const sekisho = await startDaemon(sender, at(`sekisho-${name}`), {
      caFile,
      postfixVersion: installedPostfixVersion(),
      port,
      resolver: resolverAddress,
      environment: clock.environment,
    });
    const postfix = startSender(sender, at(`sender-${name}`), {
      caFile: rootFile,
      policyMap: policyMapAt(port),
      transports: {},
    });
    return { sekisho, mail: createMail(postfix, at('receivers'), name) };
  };
  const eager = await startSide('eager', 8461, '127.0.0.1');
  const holding = await startSide('holding', 8471, holdingResolver.address);
  const publisher = await startPublisher(publishing, at('publisher'), {
    clock,
    updateKey: nameServers.updateKey,
    updateServer: `${NAME_SERVER}:53`,
    acmeDirectoryUrl: certificateAuthority.directoryUrl,
    caFile,
    gateDays: options.gateDays,
  });
  return {
    folder,
    network,
    clock,
    nameServers,
    certificateAuthority,
    publisher,
    manInTheMiddle: createManInTheMiddle(internet),
    eager,
    holding: { ...holding, resolver },
  };
}

function hostRecords(): string[] {
  return [
    `${CERTIFICATE_AUTHORITY_NAME}. A ${CERTIFICATE_AUTHORITY}`,
    ...MX_HOSTS.map((receiver) => `${mxHost(receiver)}. A ${RECEIVERS[receiver]}`),
  ];
}
