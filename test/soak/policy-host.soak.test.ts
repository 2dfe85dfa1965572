import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attackHandshakes } from '../chaos/handshake-attack.ts';
import { type ServiceProcess, startService } from '../chaos/report/service-process.ts';
import { createCertificateAuthority } from '../peers/certificates.ts';

const WARM_UP = 20_000;
const CONNECTIONS = 20_000;
/** A kilobyte for each would be 20 MB; the collector may be late with the last few thousand. */
const MOST_GROWTH_KIB = 10_000;

let directory = '';
let port = 0;
let service: ServiceProcess | undefined;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'sekisho-soak-'));
  port = await findPort();
  const { keyFile, chainFile } = createCertificateAuthority().issue({
    dnsNames: ['mta-sts.good.test'],
  });
  const config = join(directory, 'sekisho.yaml');
  const domain = { name: 'good.test', mx: ['mx.good.test'], keyFile, certificateFile: chainFile };
  const listen = { https: [`127.0.0.1:${port}`], http: [] };
  const settings = { dns: { servers: ['127.0.0.1:9'] }, publish: { listen, domains: [domain] } };
  writeFileSync(config, JSON.stringify(settings));
  service = await startService('publish', {
    directory: join(directory, 'state/publisher'),
    config,
  });
});
afterAll(async () => {
  await service?.kill('SIGTERM');
  rmSync(directory, { recursive: true });
});

async function findPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const found = (server.address() as AddressInfo).port;
  server.close();
  await once(server, 'close');
  return found;
}

/** The built service, as the attack sees it. */
const target = {
  openTcp(_listener: 'https', localAddress?: string) {
    const socket = connect({ port, host: '127.0.0.1', ...(localAddress && { localAddress }) });
    return socket.on('error', () => socket.destroy());
  },
  get residentKib(): number {
    const status = readFileSync(`/proc/${String(service?.pid)}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]);
  },
};

describe.skipIf(process.platform !== 'linux')('sekisho publish serve', () => {
  it('has the same memory after twenty thousand connections of garbage', async () => {
    const beforeKib = await attackHandshakes(target, WARM_UP);
    const afterKib = await attackHandshakes(target, CONNECTIONS);
    console.log(`after ${WARM_UP}: ${beforeKib} KiB; after ${CONNECTIONS} more: ${afterKib} KiB`);
    expect(afterKib - beforeKib).toBeLessThan(MOST_GROWTH_KIB);
    expect(service?.isRunning).toBe(true);
  }, 900_000);
});
