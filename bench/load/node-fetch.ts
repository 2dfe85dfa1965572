/**
 * The bare Node policy fetch: for each domain the TXT and A records and one HTTPS GET, so many domains at once, and
 * nothing checked or kept. How fast the closed world and Node itself can be together.
 *
 * Usage: node node-fetch.ts DNS_PORT HTTPS_PORT CA_FILE DOMAINS_FILE CONCURRENCY      (prints one JSON object)
 */
import { Resolver } from 'node:dns/promises';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import process from 'node:process';
import { connect, createSecureContext } from 'node:tls';

const [dnsPort = '', httpsPort = '', caFile = '', domainsFile = '', concurrency = ''] =
  process.argv.slice(2);
const domains = readFileSync(domainsFile, 'utf8').trim().split('\n');
const resolver = new Resolver();
resolver.setServers([`127.0.0.1:${dnsPort}`]);
const secureContext = createSecureContext({ ca: readFileSync(caFile) });

function get(address: string, host: string): Promise<string> {
  return new Promise((done, failed) => {
    const to = { host: address, port: Number(httpsPort), servername: host, secureContext };
    const options = {
      path: '/.well-known/mta-sts.txt',
      headers: { host },
      createConnection: () => connect(to),
    };
    request(options, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        body += text;
      });
      response.on('end', () => done(body));
    })
      .on('error', failed)
      .end();
  });
}

async function fetchOne(domain: string): Promise<void> {
  const host = `mta-sts.${domain}`;
  await resolver.resolveTxt(`_mta-sts.${domain}`);
  const [address = ''] = await resolver.resolve4(host);
  const body = await get(address, host);
  if (!body.startsWith('version: STSv1')) throw new Error(`${host} serves no policy`);
}

async function work(): Promise<void> {
  for (let domain = domains.pop(); domain !== undefined; domain = domains.pop())
    await fetchOne(domain);
}

const count = domains.length;
const startMs = performance.now();
const startCpu = process.cpuUsage();
await Promise.all(Array.from({ length: Number(concurrency) }, work));
const { user, system } = process.cpuUsage(startCpu);
const perSecond = (count * 1000) / (performance.now() - startMs);
process.stdout.write(`${JSON.stringify({ perSecond, cpuMs: (user + system) / 1000 / count })}\n`);
