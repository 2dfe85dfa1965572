import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Child, startChild } from '../harness/child.ts';
import { POLICY_ID } from '../harness/domains.ts';

/** unbound, which answers for all domains from its own configuration. */
export async function startNameServer(
  directory: string,
  port: number,
  domains: readonly string[],
): Promise<Child> {
  const records = domains.flatMap((domain) => [
    `local-data: '_mta-sts.${domain}. 3600 IN TXT "v=STSv1; id=${POLICY_ID};"'`,
    `local-data: 'mta-sts.${domain}. 3600 IN A 127.0.0.1'`,
  ]);
  const settings = [
    'server:',
    `interface: 127.0.0.1@${String(port)}`,
    `directory: "${directory}"`,
    'chroot: ""',
    'username: ""',
    'pidfile: ""',
    'use-syslog: no',
    'num-threads: 1',
    'so-rcvbuf: 0',
    'module-config: "iterator"',
    'local-zone: "bench.test." static',
    `local-data: 'bench.test. 3600 IN SOA ns.bench.test. hostmaster.bench.test. 1 3600 600 86400 300'`,
    ...records,
  ];
  const config = join(directory, 'unbound.conf');
  writeFileSync(config, `${settings.join('\n  ')}\nremote-control:\n  control-enable: no\n`);
  return startChild({
    name: 'unbound',
    command: 'unbound',
    args: ['-d', '-p', '-c', config],
    core: 'load',
    directory,
  });
}
