import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDomain } from '@sekisho/spec';
import { openSqlitePublishStore } from '../../packages/sekisho/src/publish/store/index.ts';
import { createCertificateAuthority } from '../../test/peers/certificates.ts';
import { publishVersion } from '../../test/peers/publish-changes.ts';
import type { Bench } from '../harness/bench.ts';
import { domainName, MAX_AGE_SECONDS, mxOf, POLICY_ID, policyOf } from '../harness/domains.ts';

const DAY_MS = 86_400_000;

/** What a policy host of so many domains has on its disk. */
export interface PublishFiles {
  readonly domainCount: number;
  /** Store, keys and certificates, as `sekisho publish serve` leaves them. */
  readonly stateDirectory: string;
  /** One of the certificates, of which all are alike: EC P-256, leaf and intermediate. */
  readonly keyFile: string;
  readonly chainFile: string;
  /** The names of the policy hosts, one a line. */
  readonly hostsFile: string;
}

/** A key and a certificate of its own for each domain. */
function writeCertificates(bench: Bench, directory: string, count: number) {
  const authority = createCertificateAuthority(bench.makeFolder('authority'));
  let last = { keyFile: '', chainFile: '' };
  for (let index = 0; index < count; index += 1) {
    const name = domainName(index);
    const folder = join(directory, 'certificates', name);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const { keyPem, chainPem } = authority.issue({ dnsNames: [`mta-sts.${name}`] });
    last = { keyFile: join(folder, 'key.pem'), chainFile: join(folder, 'chain.pem') };
    writeFileSync(last.keyFile, keyPem, { mode: 0o600 });
    writeFileSync(last.chainFile, chainPem, { mode: 0o600 });
  }
  return last;
}

/** Every domain published and announced, its next probe and its next look at the certificate a day away. */
async function fillStore(directory: string, count: number): Promise<void> {
  const store = await openSqlitePublishStore({ directory });
  const nowMs = Date.now();
  for (let index = 0; index < count; index += 1) {
    const name = domainName(index);
    const domain = parseDomain(name);
    if (!domain.ok) throw new Error(`${name} is no domain`);
    const policy = {
      id: POLICY_ID,
      body: policyOf(name),
      mode: 'enforce',
      maxAgeSeconds: MAX_AGE_SECONDS,
      mx: mxOf(name),
      createdBy: 'benchmark',
      overrides: [],
      purpose: 'set',
    } as const;
    await publishVersion(store, domain.value, policy, nowMs);
    await store.putLiveMx(domain.value, mxOf(name), nowMs, nowMs + DAY_MS);
    await store.putCertificate({
      domain: domain.value,
      nextAttemptAtMs: nowMs + DAY_MS,
      failures: 0,
    });
  }
  await store.close();
}

export async function writePublishFiles(bench: Bench, domainCount: number): Promise<PublishFiles> {
  const stateDirectory = bench.makeFolder('publish');
  chmodSync(stateDirectory, 0o700);
  const directory = join(stateDirectory, 'publisher');
  const files = writeCertificates(bench, directory, domainCount);
  await fillStore(directory, domainCount);
  const hostsFile = join(bench.directory, `hosts-${String(domainCount)}.txt`);
  const names = Array.from({ length: domainCount }, (_, index) => `mta-sts.${domainName(index)}`);
  writeFileSync(hostsFile, `${names.join('\n')}\n`);
  return { domainCount, stateDirectory, hostsFile, ...files };
}
