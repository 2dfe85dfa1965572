import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** Names in one certificate; certificate authorities allow about a hundred. */
const NAMES_EACH = 8;

/** A certificate with its key, and the names it is for. */
export interface HostCertificate {
  readonly file: string;
  readonly keyFile: string;
  readonly hosts: readonly string[];
}

export interface Authority {
  readonly caFile: string;
  readonly certificates: readonly HostCertificate[];
}

/** ECDSA P-256 throughout, as large hosts have it. One key serves all: its sharing costs and saves nothing here. */
export async function issueCertificates(
  directory: string,
  hosts: readonly string[],
): Promise<Authority> {
  const inDirectory = (name: string): string => join(directory, name);
  const openssl = (...args: string[]) => run('openssl', args, { cwd: directory });
  const makeKey = (file: string) =>
    openssl('genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', file);
  await makeKey('ca.key');
  await makeKey('host.key');
  const authority = ['-subj', '/CN=Sekisho benchmark', '-days', '30', '-out', 'ca.pem'];
  await openssl('req', '-x509', '-new', '-key', 'ca.key', ...authority);

  const certificates: HostCertificate[] = [];
  for (let first = 0; first < hosts.length; first += NAMES_EACH) {
    const names = hosts.slice(first, first + NAMES_EACH);
    const name = `host-${String(first)}`;
    const alternatives = names.map((host) => `DNS:${host}`).join(',');
    writeFileSync(
      inDirectory(`${name}.cnf`),
      `[req]\ndistinguished_name = dn\n[dn]\n[v3]\nbasicConstraints = critical, CA:FALSE\nsubjectAltName = ${alternatives}\n`,
    );
    const issuer = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-days', '30', '-subj', '/CN=policy host'];
    const form = ['-config', `${name}.cnf`, '-extensions', 'v3', '-out', `${name}.pem`];
    await openssl('req', '-x509', '-new', '-key', 'host.key', ...issuer, ...form);
    const file = inDirectory(`${name}.pem`);
    certificates.push({ file, keyFile: inDirectory('host.key'), hosts: names });
  }
  return { caFile: inDirectory('ca.pem'), certificates };
}
