import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { PolicyHost } from './addresses.ts';
import type { Site } from './case.ts';
import { createCertificates } from './certificates.ts';
import { type Daemon, POLICY_MAP, startDaemon } from './daemon.ts';
import { type Received, readMailboxes } from './mailboxes.ts';
import { startNameServer } from './name-server.ts';
import { createFolder, removeNamespace, sweepLeftOvers } from './namespace.ts';
import { createNetwork, type Network } from './network.ts';
import { startPolicyHosts } from './policy-hosts.ts';
import { installedPostfixVersion, type PostfixPrograms } from './postfix.ts';
import { startReceivers } from './receivers.ts';
import { startResolver } from './resolver.ts';
import { type Sender, startSender } from './sender.ts';
import { zonesOf } from './zones.ts';

/** Real daemons in two network namespaces. */
export interface World {
  /** Everything that the daemons write: configuration, logs, queues, mailboxes. */
  readonly folder: string;
  readonly network: Network;
  readonly postfixVersion: string;
  readonly sender: Sender;
  readonly daemon: Daemon;
  /** Lets these domains present themselves in this way from now on. */
  present(sites: ReadonlyMap<string, Site>): Promise<void>;
  mailboxes(): readonly Received[];
  /** Ends every process, removes the namespaces and the files. */
  tearDown(): Promise<void>;
}

export interface WorldPlan {
  /** Every domain with the policy hosts that it will ever be served by. */
  readonly policyHostsOf: ReadonlyMap<string, readonly PolicyHost[]>;
  /** Next hops that are not the recipient's domain, as transport(5) entries. */
  readonly transports: Readonly<Record<string, string>>;
  /** The sender's Postfix; default: this machine's. */
  readonly postfix?: PostfixPrograms;
}

/** Builds the world and starts everything in it. What a killed run left behind is removed first. */
export async function startWorld(plan: WorldPlan): Promise<World> {
  await sweepLeftOvers();
  const folder = createFolder();
  const network = createNetwork();
  const tearDown = async (): Promise<void> => {
    await removeNamespace(network.sender.name);
    await removeNamespace(network.internet.name);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    return await populate(plan, folder, network, tearDown);
  } catch (error) {
    if (process.env['SEKISHO_E2E_KEEP'] !== '1') await tearDown();
    throw error;
  }
}

async function populate(
  plan: WorldPlan,
  folder: string,
  network: Network,
  tearDown: () => Promise<void>,
): Promise<World> {
  const at = (part: string) => join(folder, part);
  const certificates = createCertificates(at('ca'));
  const nameServer = await startNameServer(network.internet, at('name-server'));
  const { trustAnchor } = nameServer;
  await startResolver(network.sender, at('resolver'), { trustAnchor });
  const domains = domainsByHost(plan.policyHostsOf);
  const policyHosts = await startPolicyHosts(
    network.internet,
    at('policy-hosts'),
    certificates,
    domains,
  );
  startReceivers(network.internet, at('receivers'), certificates);
  const { transports, postfix } = plan;
  const postfixVersion = postfix?.version ?? installedPostfixVersion();
  const daemon = await startDaemon(network.sender, at('sekisho'), {
    caFile: certificates.rootFile,
    postfixVersion,
  });
  const sender = startSender(network.sender, at('sender'), {
    caFile: certificates.rootFile,
    policyMap: POLICY_MAP,
    transports,
    ...(postfix === undefined ? {} : { programs: postfix }),
  });
  return {
    folder,
    network,
    postfixVersion,
    sender,
    daemon,
    async present(sites) {
      for (const [domain, { policy }] of sites) policyHosts.write(domain, policy);
      await nameServer.publish(zonesOf(sites, at('receivers/keys')));
    },
    mailboxes: () => readMailboxes(at('receivers')),
    tearDown,
  };
}

function domainsByHost(policyHostsOf: WorldPlan['policyHostsOf']): Record<string, string[]> {
  const domains: Record<string, string[]> = {};
  for (const [domain, hosts] of policyHostsOf) {
    for (const host of hosts) (domains[host] ??= []).push(domain);
  }
  return domains;
}
