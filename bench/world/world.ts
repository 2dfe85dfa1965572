import { spawnSync } from 'node:child_process';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Bench } from '../harness/bench.ts';
import type { Child } from '../harness/child.ts';
import { domainName } from '../harness/domains.ts';
import { findFreePort } from '../harness/endpoint.ts';
import { issueCertificates } from './certificates.ts';
import { startNameServer } from './name-server.ts';
import { startPolicyHosts } from './policy-hosts.ts';

/** The closed world: DNS and policy hosts of so many domains, on loopback. */
export interface World {
  readonly dnsPort: number;
  readonly httpsPort: number;
  readonly caFile: string;
  readonly domainCount: number;
  /** The settings by which Sekisho finds it. */
  readonly settings: Readonly<Record<string, string>>;
}

/** Which of the world's daemons are not installed. */
export function missingDaemons(): readonly string[] {
  const env = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin` };
  const daemons = [
    ['unbound', '-V'],
    ['nginx', '-v'],
    ['openssl', 'version'],
  ] as const;
  return daemons
    .filter(([command, option]) => spawnSync(command, [option], { env }).error !== undefined)
    .map(([command]) => command);
}

async function waitForListener(port: number, child: Child): Promise<void> {
  for (let tries = 0; tries < 1000; tries += 1) {
    const open = await new Promise<boolean>((done) => {
      const socket = connect({ host: '127.0.0.1', port });
      const say = (answer: boolean) => () => {
        socket.destroy();
        done(answer);
      };
      socket.once('connect', say(true)).once('error', say(false));
    });
    if (open) return;
    if (child.ended() !== undefined) break;
    await delay(10);
  }
  throw new Error(`${child.name} does not listen on port ${String(port)}: ${child.tail()}`);
}

export async function startWorld(
  bench: Bench,
  children: Child[],
  domainCount: number,
): Promise<World> {
  const directory = bench.makeFolder('world');
  const domains = Array.from({ length: domainCount }, (_, index) => domainName(index));
  const hosts = domains.map((domain) => `mta-sts.${domain}`);
  const { caFile, certificates } = await issueCertificates(directory, hosts);
  const dnsPort = await findFreePort();
  const httpsPort = await findFreePort();
  const nameServer = await startNameServer(directory, dnsPort, domains);
  children.push(nameServer);
  const policyHosts = await startPolicyHosts(directory, httpsPort, certificates);
  children.push(policyHosts);
  await waitForListener(dnsPort, nameServer);
  await waitForListener(httpsPort, policyHosts);
  const settings = {
    SEKISHO_DNS_SERVERS: `127.0.0.1:${String(dnsPort)}`,
    SEKISHO_HTTPS_PORT: String(httpsPort),
    SEKISHO_HTTPS_CA_FILE: caFile,
    SEKISHO_HTTPS_ALLOWED_ADDRESSES: '127.0.0.0/8',
    SEKISHO_HTTPS_PROXY: 'off',
  };
  return { dnsPort, httpsPort, caFile, domainCount, settings };
}
