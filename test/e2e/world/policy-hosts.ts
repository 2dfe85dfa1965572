import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isIpv6, POLICY_HOSTS, type PolicyHost } from './addresses.ts';
import type { Certificates, Leaf } from './certificates.ts';
import type { Namespace } from './namespace.ts';
import { waitFor } from './wait-for.ts';

/** Serves every policy of the world, well or badly, by the address that is asked. */
export interface PolicyHosts {
  /** Writes a domain's policy; every host serves it from now on. */
  write(policyDomain: string, body: string): void;
}

/** What the certificate is; without an entry it is good. */
const LEAVES: Partial<Record<PolicyHost, Partial<Leaf>>> = {
  'self-signed': { issuer: 'self' },
  expired: { fromDay: -30, toDay: -1 },
  'not-yet-valid': { fromDay: 2 },
  'wrong-name': { dnsNames: ['mta-sts.provider.test'] },
  'unknown-ca': { issuer: 'unknown' },
  'common-name-only': { dnsNames: [] },
  'missing-intermediate': { withIntermediate: false },
  'tls-1.1': { key: 'rsa' },
};

/** What nginx does otherwise than serving the policy file as text/plain, by directive. */
const BEHAVIOUR: Partial<Record<PolicyHost, string>> = {
  redirect: 'return 302 https://$host/moved/mta-sts.txt;',
  'not-found': 'return 404;',
  'server-error': 'return 500;',
  html: 'default_type text/html;',
  'no-media-type': 'default_type "";',
  'odd-media-type': 'default_type "Text/Plain; charset=iso-8859-1; x=y";',
  slow: 'limit_rate 1;',
  endless: 'proxy_pass http://127.0.0.1:8080/; proxy_buffering off;',
};

/** nginx with one server an address; names are told apart by SNI and Host as on any shared host. */
export async function startPolicyHosts(
  internet: Namespace,
  folder: string,
  certificates: Certificates,
  policyDomains: Readonly<Record<string, readonly string[]>>,
): Promise<PolicyHosts> {
  const policies = join(folder, 'policies');
  mkdirSync(policies, { recursive: true });
  const served = (Object.keys(POLICY_HOSTS) as PolicyHost[]).filter(
    (host) => host !== 'refusing' && host !== 'black-hole',
  );
  for (const host of served) {
    const names = policyDomains[host] ?? ['nobody.test'];
    const dnsNames = names.map((name) => `mta-sts.${name}`);
    const commonName = dnsNames[0] ?? 'nobody';
    certificates.issue(join(folder, `${host}.pem`), { dnsNames, commonName, ...LEAVES[host] });
  }
  const config = join(folder, 'nginx.conf');
  writeFileSync(config, nginxConfig(folder, served));
  internet.start(
    ['nginx', '-c', config, '-e', join(folder, 'error.log')],
    join(folder, 'nginx.log'),
  );
  const endless = join(import.meta.dirname, 'endless.ts');
  internet.start([process.execPath, endless], join(folder, 'endless.log'));
  await waitFor('the policy hosts', () =>
    internet.run(['ss', '-Hltn', 'sport', '=', ':443']).includes(POLICY_HOSTS.good),
  );
  return {
    write: (policyDomain, body) => writeFileSync(join(policies, `mta-sts.${policyDomain}`), body),
  };
}

function nginxConfig(folder: string, hosts: readonly PolicyHost[]): string {
  return `user root;
worker_processes 1;
daemon off;
pid ${folder}/nginx.pid;
events { worker_connections 1024; }
http {
  access_log ${folder}/access.log;
  server_names_hash_bucket_size 128;
  types { }
  default_type text/plain;
  ssl_protocols TLSv1.2 TLSv1.3;
${hosts.map((host) => serverBlock(folder, host)).join('')}}
`;
}

function serverBlock(folder: string, host: PolicyHost): string {
  const address = POLICY_HOSTS[host];
  const socket = isIpv6(address) ? `[${address}]` : address;
  const old =
    host === 'tls-1.1' ? 'ssl_protocols TLSv1.1; ssl_ciphers AES128-SHA:@SECLEVEL=0;' : '';
  return `  server {
    listen ${socket}:443 ssl;
    server_name _;
    ssl_certificate ${folder}/${host}.pem;
    ssl_certificate_key ${folder}/${host}.pem;
    ${old}
    location = /.well-known/mta-sts.txt { ${BEHAVIOUR[host] ?? ''} alias ${folder}/policies/$host; }
    location = /moved/mta-sts.txt { alias ${folder}/policies/$host; }
  }
`;
}
