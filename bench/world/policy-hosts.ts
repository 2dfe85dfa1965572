import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Child, startChild } from '../harness/child.ts';
import { policyOf } from '../harness/domains.ts';
import type { HostCertificate } from './certificates.ts';

function formatServer(port: number, { file, keyFile, hosts }: HostCertificate): string {
  const body = policyOf('$policy_domain').replaceAll('\r\n', String.raw`\r\n`);
  return `server {
    listen 127.0.0.1:${String(port)} ssl backlog=1024;
    server_name ${hosts.join('\n      ')};
    ssl_certificate ${file};
    ssl_certificate_key ${keyFile};
    location = /.well-known/mta-sts.txt { return 200 "${body}"; }
  }`;
}

function formatConfig(
  directory: string,
  port: number,
  certificates: readonly HostCertificate[],
): string {
  const folders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (each) => `${each}_temp_path ${join(directory, each)};`,
  );
  // Only one `listen` of an address may carry socket options.
  const servers = certificates.map((certificate, index) => {
    const text = formatServer(port, certificate);
    return index === 0 ? text : text.replace(' backlog=1024', '');
  });
  return `daemon off;
master_process off;
pid ${join(directory, 'nginx.pid')};
error_log stderr error;
events { worker_connections 4096; }
http {
  access_log off;
  default_type text/plain;
  server_names_hash_max_size 16384;
  server_names_hash_bucket_size 128;
  ${folders.join('\n  ')}
  map $host $policy_domain { "~^mta-sts\\.(?<domain>.+)$" $domain; }
  ${servers.join('\n  ')}
}
`;
}

/** nginx, which serves every policy host. */
export async function startPolicyHosts(
  directory: string,
  port: number,
  certificates: readonly HostCertificate[],
): Promise<Child> {
  const config = join(directory, 'nginx.conf');
  writeFileSync(config, formatConfig(directory, port, certificates));
  return startChild({
    name: 'nginx',
    command: 'nginx',
    args: ['-p', directory, '-c', config, '-e', 'stderr'],
    core: 'load',
    directory,
  });
}
