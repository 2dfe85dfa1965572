import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Certificates } from '../../world/certificates.ts';
import type { Namespace } from '../../world/namespace.ts';
import { waitFor } from '../../world/wait-for.ts';
import { CERTIFICATE_AUTHORITY } from './addresses.ts';

const PORT = 14_000;
const MANAGEMENT_PORT = 15_000;

/** The name under which pebble is reached, and for which its own certificate is. */
export const CERTIFICATE_AUTHORITY_NAME = 'acme.test';

/** A certificate authority that everybody trusts and that issues by ACME (RFC 8555). */
export interface AcmeAuthority {
  readonly directoryUrl: string;
  /** PEM of the root to which what it issues leads. */
  readonly rootPem: string;
  /** How many certificates it issued. */
  issued(): number;
}

/** pebble judges by the true time, whatever clock is driven: what it issues is valid from now on, for so many days. */
export async function startAcmeAuthority(
  internet: Namespace,
  folder: string,
  certificates: Certificates,
  validDays: number,
): Promise<AcmeAuthority> {
  mkdirSync(folder, { recursive: true });
  const pem = join(folder, 'own.pem');
  certificates.issue(pem, { dnsNames: [CERTIFICATE_AUTHORITY_NAME] });
  const config = join(folder, 'pebble.json');
  writeFileSync(config, JSON.stringify({ pebble: settings(pem, validDays) }));
  const log = join(folder, 'pebble.log');
  const environment = { ...process.env, PEBBLE_VA_NOSLEEP: '1' };
  const command = ['pebble', '-config', config, '-dnsserver', '127.0.0.1:53'];
  internet.start(command, log, environment);
  const rootUrl = `https://${CERTIFICATE_AUTHORITY_NAME}:${MANAGEMENT_PORT}/roots/0`;
  let rootPem = '';
  await waitFor('pebble', () => {
    rootPem = get(internet, rootUrl, certificates.rootFile);
    return rootPem.includes('BEGIN CERTIFICATE');
  });
  return {
    directoryUrl: `https://${CERTIFICATE_AUTHORITY_NAME}:${PORT}/dir`,
    rootPem,
    issued: () => readFileSync(log, 'utf8').match(/Issued certificate serial/g)?.length ?? 0,
  };
}

/** What a GET from inside the namespace brings; empty while nobody answers. */
function get(namespace: Namespace, url: string, caFile: string): string {
  const program = 'process.stdout.write(await (await fetch(process.argv[1])).text())';
  const node = [process.execPath, '--input-type=module', '--eval', program, url];
  return namespace.tryRun(['env', `NODE_EXTRA_CA_CERTS=${caFile}`, ...node]).stdout;
}

function settings(pem: string, validDays: number): Record<string, unknown> {
  return {
    listenAddress: `${CERTIFICATE_AUTHORITY}:${PORT}`,
    managementListenAddress: `${CERTIFICATE_AUTHORITY}:${MANAGEMENT_PORT}`,
    certificate: pem,
    privateKey: pem,
    httpPort: 80,
    tlsPort: 443,
    ocspResponderURL: '',
    externalAccountBindingRequired: false,
    certificateValidityPeriod: validDays * 86_400,
  };
}
